import type { Event, StepObservedV1 } from '@countersign/contracts';
import { jsonBytes, timestamp, type Instant, type MicroUsd } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { Playbook } from '../config/playbook.js';
import { contractByHash, contractOfTask, playbookByHash, toolByHash } from '../control/lookups.js';
import { isAmong } from '../event-type.js';
import type { LateOutput, Output } from '../output.js';
import { cut, ROOM_FOR_DATA } from '../room.js';
import { undoing, undoneStep, undoOf } from '../undo/undo.js';
import { closeRun, type Last } from './close-run.js';
import { MAX_REASON_LENGTH, RUN_GRACE } from './constants.js';
import { agentPrincipal, type PlanContext } from './plan-context.js';
import { planSteps, type Plan } from './plan-steps.js';
import { claimed, givenFault, heardAnswer, refusedAnswer, type Said } from './decide-answer.js';
import { stageOf } from './due-questions.js';
import { inputRequested, type Trigger } from './question.js';
import { runOfTask } from './run-of-task.js';
import { copyOfRun, settleQuestion } from './settle-question.js';
import { isUnderWay, stepEnded, type OpenQuestion, type PlannerState, type RunFailure, type RunState, type StepUnderWay } from './run-state.js';
import { startUndo } from './start-undo.js';
import { STEP_ENDINGS, stepEnd, type StepEnd, type StepEnding } from './step-end.js';

/** What the planner does about an event of tasks, decisions or executions; nothing about any other. */
export const decideRun = (event: Event, state: PlannerState, context: PlanContext): readonly Output[] => {
  if (event.type === 'countersign.task.submitted') return startRun(event, state, context);
  if (event.type === 'countersign.undo.ordered') return startUndo(event, state, context);
  if (event.type === 'countersign.task.answered' || event.type === 'countersign.task.claimed') return answer(event, state, context);
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
    given: {},
    cleared: new Set(),
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
  return [started, ...carriedOut(run, planSteps(run, contract, playbook.document, run.steps, context), event, { contract, last: {} }, context)];
};

/** What is written of a plan: its steps, and the question or the end that it comes to. */
const carriedOut = (run: Omit<RunState, 'newest'>, { outputs, ended, asks }: Plan, trigger: Trigger, { contract, last }: { readonly contract: AgentContract; readonly last: Last }, context: PlanContext): readonly Output[] => [
  ...outputs,
  ...(asks ? inputRequested(run, asks, trigger, contract, context) : []),
  ...(ended ? [closeRun(run, ended, last, context)] : []),
];

/** What a run follows. Files by hash are never forgotten, so a run always finds what it is pinned to. */
const pinnedOf = ({ contract: { hash }, playbook, undoes }: RunState, { controls }: PlanContext): { readonly contract: AgentContract; readonly playbook: Playbook } | undefined => {
  const contract = contractByHash(controls, hash)?.document;
  const plan = undoes ? { id: 'undo', version: 1, steps: undoes.undoable ? [undoing(undoes.step, undoes.undoable)] : [] } : playbook && playbookByHash(controls, playbook.hash)?.document;
  return contract && plan && { contract, playbook: plan };
};

const LOST: RunFailure = { outcome: 'failed', reason: 'config.missing: the files that the run is pinned to are not there' };

/** A person says something to what a run asks. An answer grants nothing: what follows is planned anew, and decided. */
const answer = (event: Said, state: PlannerState, context: PlanContext): readonly Output[] => {
  const heard = heardAnswer(event, state, context);
  if ('code' in heard) return refusedAnswer(event, heard);
  const { run, question } = heard;
  if (event.type === 'countersign.task.claimed') return [claimed({ ...run, question }, event, context)];
  const pinned = pinnedOf(run, context);
  if (!pinned) return [closeRun(run, LOST, { id: event.id }, context)];
  const fault = givenFault(run, question, event, pinned, context);
  if (fault) return refusedAnswer(event, fault);
  const { tenant, workflow } = run;
  const answered: Output = { type: 'countersign.run.input-answered', tenant, workflow, run: run.run, step: question.step, data: Object.assign({}, event.data, { step: question.step }) };
  const next = copyOfRun(run);
  settleQuestion(next, question, event.data);
  return [answered, ...carriedOut(next, planSteps(next, pinned.contract, pinned.playbook, next.steps, context), event, { contract: pinned.contract, last: { id: event.id } }, context)];
};

const goOn = (event: StepEnding, state: PlannerState, context: PlanContext): readonly Output[] => {
  const { tenant, workflow, run: id, step } = event;
  const run = id && state.runs.get(id);
  const underWay = run && step !== undefined ? run.steps.get(step) : undefined;
  if (tenant === undefined || workflow === undefined || !run || step === undefined || !underWay || !isUnderWay(underWay)) return [];
  const end = stepEnd(event, underWay, step);
  if (!end) return [];

  const ownFailure: RunFailure | undefined = end.outcome === 'succeeded' || end.outcome === 'skipped' ? undefined : { outcome: end.outcome, reason: end.reason ?? end.outcome, step };
  const failure = run.failure ?? ownFailure;
  const pinned = pinnedOf(run, context);
  if (!pinned) return [closeRun(run, LOST, { id: event.id }, context)];
  const { contract, playbook } = pinned;

  const data = observation(end, underWay, playbook, context);
  const observed: Output = { type: 'countersign.step.observed', tenant, workflow, run: run.run, step, data };
  const plan = planSteps({ ...run, ...(failure && { failure }) }, contract, playbook, new Map(run.steps).set(step, stepEnded(data)), context);
  const last = { id: event.id, used: end.used, ...(end.sideEffect && { sideEffects: [end.sideEffect] }) };
  // What a person can still have undone is remembered past the end.
  const isRemembered = !plan.ended || data.undo?.until !== undefined;
  return [...(isRemembered ? [observed] : []), ...carriedOut(run, plan, event, { contract, last }, context)];
};

/** What the planner writes down of the end of a step. */
const observation = (end: StepEnd, { call }: StepUnderWay, { onFailure }: Playbook, { now, controls }: PlanContext): StepObservedV1 => {
  const data: StepObservedV1 = {
    outcome: end.outcome,
    ...(end.reason !== undefined && { reason: cut(end.reason, MAX_REASON_LENGTH) }),
    ...(end.result && { result: end.result }),
    ...(end.blob && { blob: end.blob }),
    ...(end.sideEffect && { sideEffect: end.sideEffect }),
    ...(end.asks && { asks: end.asks }),
    usedMicroUsd: end.used,
  };
  const tool = end.outcome === 'succeeded' && call ? toolByHash(controls, call.toolContractHash)?.document : undefined;
  const undo = tool && call && (onFailure || tool.undoWindow !== undefined) ? undoOf(tool, call.args, end.result, now) : undefined;
  const whole = undo && Object.assign({}, data, { undo });
  // Without room for it, the action stands: a run goes on all the same.
  return whole && jsonBytes(whole) <= ROOM_FOR_DATA ? whole : data;
};

/** The earliest time at which something comes by itself: a stage of a question, or the end of a run whatever is under way. */
export const nextRunDeadline = (state: PlannerState): Instant | undefined => state.deadlines.next();

/** What has come by time: stages of questions, each once; and runs are closed whose steps have not ended long after the deadline. A write that is under way then is not known. */
export const dueRuns = (state: PlannerState, context: PlanContext): readonly LateOutput[] =>
  state.deadlines.due(context.now).flatMap((key) => {
    const run = state.runs.get(key as RunState['run']);
    if (!run) return [];
    if (run.question) return dueQuestion(run, run.question, context);
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

/** The event that asked is what each stage rests on, so that each has one id whatever else was said meanwhile. */
const dueQuestion = (run: RunState, question: OpenQuestion, context: PlanContext): readonly LateOutput[] => {
  const stage = stageOf(run, question, context.now);
  if (!stage) return [];
  const { cause, escalation, step } = question;
  if (stage !== 'expired') return [{ cause, outgoing: [stage.output] }];
  const { tenant, workflow, run: id } = run;
  const expired: Output = { type: 'countersign.run.input-expired', tenant, workflow, run: id, step, data: { escalation, step, deadline: timestamp(question.deadline) } };
  const next = copyOfRun(run);
  settleQuestion(next, question, 'expired');
  const pinned = pinnedOf(run, context);
  if (!pinned) return [{ cause, outgoing: [expired, closeRun(run, LOST, {}, context)] }];
  // It ends as if nobody had been asked, and where its playbook says so undoes what it did.
  return [{ cause, outgoing: [expired, ...carriedOut(next, planSteps(next, pinned.contract, pinned.playbook, next.steps, context), { id: cause.id, causes: '' }, { contract: pinned.contract, last: {} }, context)] }];
};
