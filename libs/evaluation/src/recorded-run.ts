import { newEvent, type Cause, type Event } from '@countersign/contracts';
import { contractFor, decideAction, evolveDecisions, initialDecisions, observeResult, toolNamed, type DecisionState, type Output, type QuestionContext } from '@countersign/domain';
import { upstreamPrincipal } from '@countersign/identity';
import { isJsonObject, runIdOf, sha256, timestamp, type JsonObject, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { RecordedCall, RecordedStep } from './recorded-call.js';

/** Whose step it is. */
export interface Place {
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
}

/** Where recorded calls come from. */
const SOURCE = 'recorded';
/** It is in no log. */
const NOWHERE: Cause = { id: SOURCE, topic: 'tasks', offset: 0, sha256: sha256('') };
/** Nobody granted it, so its hash and its id are of nothing. */
const NO_GRANT = { jti: SOURCE, actionHash: sha256('') } as const;

const taskOf = ({ id }: Pick<RecordedCall, 'id'>): string => JSON.stringify(id);

export const placeOf = (call: Pick<RecordedCall, 'id' | 'tenant' | 'workflow'>): Place => {
  const { tenant, workflow } = call;
  return { tenant: tenant as Tenant, workflow: workflow as Workflow, run: runIdOf(tenant, workflow, SOURCE, taskOf(call)) };
};

const folded = (state: DecisionState, outputs: readonly Output[], { now }: QuestionContext): void => {
  for (const output of outputs) evolveDecisions(state, newEvent({ ...(output as Extract<Output, { readonly type: 'countersign.context.observed' }>), service: 'policy', now }), NOWHERE);
};

const submitted = (call: RecordedCall, place: Place, { now, controls }: QuestionContext): Event<'countersign.task.submitted'> | undefined => {
  const contract = contractFor(controls, place.tenant, place.workflow);
  if (!contract) return undefined;
  const { task, tenant } = call;
  const { id, version, hash } = contract;
  const time = timestamp(now);
  // A text is the task's words whatever the contract says of the data of its tasks.
  const input: JsonObject = typeof task === 'string' ? { [SOURCE]: task } : task;
  const data = { task: taskOf(call), source: SOURCE, upstreamType: SOURCE, upstreamTime: time, subject: upstreamPrincipal(tenant), input, extensions: {}, contract: { id, version, hash } };
  // The run is as old as its task: a kill that was lifted before is none of its own.
  return newEvent({ type: 'countersign.task.submitted', service: 'gateway', ...place, data, now, controlEpoch: controls.epoch });
};

/** What a call that was made before has brought into the run. Of a tool that nobody knows it is taken for the worst. */
const observe = (state: DecisionState, { tool: name, args, result, untrusted }: RecordedStep, step: StepId, place: Place, context: QuestionContext): void => {
  const tool = toolNamed(context.controls, name);
  const observed = (marks: { readonly untrusted: boolean; readonly sensitive: boolean }): Output => ({ type: 'countersign.context.observed', ...place, step, data: { ...NO_GRANT, tool: name, vouched: [], facts: [], ...marks } });
  if (!tool) return folded(state, [observed({ untrusted: true, sensitive: true })], context);
  const ended = { ...NO_GRANT, ...(isJsonObject(result) ? { result } : { blob: {} }) };
  const outputs = observeResult({ ...place, step, ...(args && { args }) }, ended, tool, state, context);
  if (!untrusted) return folded(state, outputs, context);
  // The word of strangers vouches for nothing.
  folded(state, [observed({ untrusted: true, sensitive: outputs.some(({ data }) => data.sensitive) })], context);
};

/** Policy's state of a partition in which nothing but this run has happened: the same fold over the events that policy would have written. */
export const recordedRun = (call: RecordedCall, place: Place, context: QuestionContext): DecisionState => {
  const state = initialDecisions();
  const task = submitted(call, place, context);
  if (task) folded(state, decideAction(task, undefined, state, context), context);
  for (const [index, step] of call.history.entries()) observe(state, step, `recorded-${index + 1}` as StepId, place, context);
  return state;
};
