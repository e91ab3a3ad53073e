import type { Event, StepObservedV1 } from '@countersign/contracts';
import { jsonBytes, timestamp, type Instant, type MicroUsd } from '@countersign/kernel';
import type { Playbook } from '../config/playbook.js';
import { contractByHash, contractOfTask, playbookByHash, toolByHash } from '../control/lookups.js';
import { isAmong } from '../event-type.js';
import type { LateOutput, Output } from '../output.js';
import { cut, ROOM_FOR_DATA } from '../room.js';
import { undoneStep, undoOf } from '../undo/undo.js';
import { closeRun } from './close-run.js';
import { MAX_REASON_LENGTH, RUN_GRACE } from './constants.js';
import { agentPrincipal, type PlanContext } from './plan-context.js';
import { planSteps } from './plan-steps.js';
import { escalate, unanswered } from './escalate.js';
import { runOfTask } from './run-of-task.js';
import { isUnderWay, stepEnded, type PlannerState, type RunFailure, type RunState, type StepUnderWay } from './run-state.js';
import { startUndo } from './start-undo.js';
import { STEP_ENDINGS, stepEnd, type StepEnd, type StepEnding } from './step-end.js';

/** What the planner does about an event of tasks, decisions or executions; nothing about any other. */
export const decideRun = (event: Event, state: PlannerState, context: PlanContext): readonly Output[] => {
  if (event.type === 'countersign.task.submitted') return startRun(event, state, context);
  if (event.type === 'countersign.undo.ordered') return startUndo(event, state, context);
  if (isAmong(event, STEP_ENDINGS)) return goOn(event, state, context);
  return [];
};

const startRun = (event: Event<'countersign.task.submitted'>, state: PlannerState, context: PlanContext): readonly Output[] => {
  const { tenant, workflow, data } = event;
  if (tenant === undefined || workflow === undefined) return [];
  const id = runOfTask(tenant, workflow, data);
  if (state.runs.has(id) || state.seen.has(id, context.now)) return [];
  const contract = contractOfTask(context.controls, tenant, workflow, data.contract.hash, context.now)?.document;
  const playbook = contract ? context.controls.active?.playbooks.get(contract.playbook) : undefined;
  const run: Omit<RunState, 'newest'> = {
    run: id,
    tenant,
    workflow,
    task: data.task,
    source: data.source,
    contract: data.contract,
    ...(playbook && { playbook: { id: playbook.id, version: playbook.version, hash: playbook.hash } }),
    agent: agentPrincipal({ tenant, workflow }, data.contract.id, context),
    subject: data.subject,
    input: data.input,
    deadline: (context.now + (contract && playbook ? contract.timeouts.run : 0)) as Instant,
    steps: new Map(),
    sideEffects: [],
    ids: new Set([event.id]),
    used: 0 as MicroUsd,
  };
  const { task, source, agent, subject, input, deadline } = run;
  const started: Output = {
    type: 'countersign.run.started',
    tenant,
    workflow,
    run: id,
    data: { task, source, contract: run.contract, ...(run.playbook && { playbook: run.playbook }), agent, subject, input, deadline: timestamp(deadline) },
  };
  if (!contract || !playbook) {
    const denied: RunFailure = {
      outcome: 'denied',
      reason: contract
        ? `playbook.unknown: no playbook \`${contract.playbook}\` is in force`
        : `workflow.unknown: contract \`${data.contract.id}\` is not in force for workflow \`${workflow}\` of tenant \`${tenant}\``,
    };
    return [started, closeRun(run, denied, {}, context)];
  }
  const { outputs, ended } = planSteps(run, contract, playbook.document, run.steps, context);
  return [started, ...outputs, ...(ended ? [closeRun(run, ended, {}, context)] : [])];
};

const goOn = (event: StepEnding, state: PlannerState, context: PlanContext): readonly Output[] => {
  const { tenant, workflow, run: id, step } = event;
  const run = id && state.runs.get(id);
  const underWay = run && step !== undefined ? run.steps.get(step) : undefined;
  if (tenant === undefined || workflow === undefined || !run || step === undefined || !underWay || !isUnderWay(underWay)) return [];
  const end = stepEnd(event, underWay, step);
  if (!end) return [];

  const ownFailure: RunFailure | undefined = end.outcome === 'succeeded' || end.outcome === 'skipped' ? undefined : { outcome: end.outcome, reason: end.reason ?? end.outcome };
  const failure = run.failure ?? ownFailure;
  const contract = contractByHash(context.controls, run.contract.hash)?.document;
  const playbook = run.undoes ? UNDOING : run.playbook && playbookByHash(context.controls, run.playbook.hash)?.document;
  // Files by hash are never forgotten, so a run always finds what it is pinned to.
  if (!contract || !playbook) return [closeRun(run, { outcome: 'failed', reason: 'config.missing: the files that the run is pinned to are not there' }, { id: event.id }, context)];

  const data = observation(end, underWay, playbook, context);
  const observed: Output = { type: 'countersign.step.observed', tenant, workflow, run: run.run, step, data };
  const { outputs, ended } = planSteps({ ...run, ...(failure && { failure }) }, contract, playbook, new Map(run.steps).set(step, stepEnded(data)), context);
  const escalated = ended && escalate(run, ended, step, event, contract, context.now);
  if (!ended || escalated) return [observed, ...outputs, ...(escalated ? [escalated] : [])];
  // What a person can still have undone is remembered past the end.
  return [...(data.undo?.until === undefined ? [] : [observed]), ...outputs, closeRun(run, ended, { id: event.id, used: end.used, ...(end.sideEffect && { sideEffects: [end.sideEffect] }) }, context)];
};

/** The plan of a run that undoes an action of another: its one step was proposed when it began. */
const UNDOING: Playbook = { id: 'undo', version: 1, steps: [] };

/** What the planner writes down of the end of a step. */
const observation = (end: StepEnd, { call }: StepUnderWay, { onFailure }: Playbook, { now, controls }: PlanContext): StepObservedV1 => {
  const data: StepObservedV1 = {
    outcome: end.outcome,
    ...(end.reason !== undefined && { reason: cut(end.reason, MAX_REASON_LENGTH) }),
    ...(end.result && { result: end.result }),
    ...(end.blob && { blob: end.blob }),
    ...(end.sideEffect && { sideEffect: end.sideEffect }),
    usedMicroUsd: end.used,
  };
  const tool = end.outcome === 'succeeded' && call ? toolByHash(controls, call.toolContractHash)?.document : undefined;
  const undo = tool && call && (onFailure || tool.undoWindow !== undefined) ? undoOf(tool, call.args, end.result, now) : undefined;
  const whole = undo && Object.assign({}, data, { undo });
  // Without room for it, the action stands: a run goes on all the same.
  return whole && jsonBytes(whole) <= ROOM_FOR_DATA ? whole : data;
};

/** The earliest time at which a run has to be closed whatever is under way. */
export const nextRunDeadline = (state: PlannerState): Instant | undefined => state.deadlines.next();

/** Closes runs whose steps have not ended long after the deadline. A write that is under way then is not known. */
export const dueRuns = (state: PlannerState, context: Pick<PlanContext, 'now' | 'eventRoot'>): readonly LateOutput[] =>
  state.deadlines.due(context.now).flatMap((key) => {
    const run = state.runs.get(key as RunState['run']);
    if (!run) return [];
    if (run.escalated) return [{ cause: run.newest, outgoing: [closeRun(run, unanswered(run.escalated), {}, context)] }];
    const open = [...run.steps].flatMap(([step, known]) => (isUnderWay(known) ? [{ step, ...known }] : []));
    const writes = open.filter(({ effect }) => effect === 'write');
    const names = open.map(({ step }) => `\`${step}\``).join(', ');
    const reason = `run.deadline: nothing was heard of ${names} until ${RUN_GRACE / 60_000} minutes after the deadline`;
    // Where what is under way is an undoing, nobody knows what the run has come to, whatever failed before.
    const isUndoing = writes.some(({ step }) => undoneStep(step) !== undefined);
    const ended = !isUndoing && run.failure ? run.failure : ({ outcome: writes.length > 0 ? 'unknown' : 'failed', reason } as const);
    const sideEffects = writes.map(({ step, tool }) => ({ step, tool, state: 'unknown' as const }));
    return [{ cause: run.newest, outgoing: [closeRun(run, ended, { sideEffects }, context)] }];
  });
