import { orderingKey, partitionOf, type Event } from '@countersign/contracts';
import { GRANT_EXPIRED, INTERRUPTED, type ControlState, type ExecutionWork } from '@countersign/domain';
import { codeOf } from '@countersign/kernel';
import { executorCore, plannerFlow, policyFlow, type ExecutorResult, type FlowCore } from '@countersign/testing/desk-flow';
import type { Guard, Step } from '../../step.js';
import type { MemoryLog } from '../memory-log.js';
import type { MemoryProcess } from '../memory-process.js';
import { NAMESPACE, PARTITIONS, type AnyStep } from './bus-world.fixture.js';
import type { FaultyTool } from './faulty-tool.fixture.js';

/** The real cores of planner, policy and executor, run by the bus as their services do; between executor and tool stands what the executor's handler does. */

type DeskStep<State> = Step<State, null, ExecutionWork, ExecutorResult>;

const stepOf = <State>(core: Omit<FlowCore<State, ExecutorResult>, 'perform'>): DeskStep<State> => ({
  service: core.service,
  initialState: () => core.initialState(),
  handle: ({ event, topic, offset, sha256 }, state, { now }) => core.handle({ event, cause: { id: event.id, topic, offset, sha256 } }, state, now),
  evolve: (state, event, cause) => core.evolve(state, event, cause),
  nextDue: (state) => core.nextDue?.(state),
  due: (state, { now }) => core.due?.(state, now) ?? [],
  workFor: (state, event, cause) => core.workFor?.(state, { event, cause }) ?? [],
  openWork: (state) => core.openWork?.(state) ?? [],
  freeze: (state) => core.freeze(state),
  thaw: (frozen) => core.thaw(frozen),
});

/** What a tool does with keys, by its name. */
export interface Outside {
  readonly tool: FaultyTool;
  readonly honoursKeys: (tool: string) => boolean;
  readonly log: MemoryLog;
}

export const plannerStep = (controls: ControlState): AnyStep => stepOf(plannerFlow(() => controls));
export const policyStep = (controls: ControlState): AnyStep => stepOf(policyFlow(() => controls));

export const executorStep = (controls: ControlState, outside: Outside, process: MemoryProcess): AnyStep => {
  const core = executorCore(() => controls, PARTITIONS);
  const step: DeskStep<ReturnType<typeof core.initialState>> = {
    ...stepOf(core),
    widthOf: (tool) => controls.active?.tools.get(tool)?.document.concurrency,
    perform: (work, signal, guard) => perform(work, signal, guard, outside, process),
    done: (work, outcome, state, { now }) => core.done?.(work, 'result' in outcome ? outcome.result : faultOf(work, outcome.fault), state, now) ?? [],
  };
  return step;
};

const faultOf = (work: ExecutionWork, fault: unknown): ExecutorResult =>
  work.kind === 'read-back' ? { look: { kind: 'unanswered', code: codeOf(fault), latencyMs: 0 } } : { call: { kind: 'broken', code: codeOf(fault), latencyMs: 0 } };

const perform = async (work: ExecutionWork, signal: AbortSignal, guard: Guard, { tool, honoursKeys, log }: Outside, process: MemoryProcess): Promise<ExecutorResult> => {
  if (work.kind === 'interrupted') return { call: { kind: 'interrupted' } };
  const { action, exp } = grantOf(work, log).data;
  const { idempotencyKey: key } = action;
  if (work.kind === 'read-back') return { look: await tool.look(key, process) };
  const now = process.timers.now();
  const notSent = (code: string): ExecutorResult => ({ call: { kind: 'not-sent', code, latencyMs: 0 } });
  if (signal.aborted || now >= work.deadline || !guard.canAct()) return notSent(INTERRUPTED);
  if (now >= exp * 1_000) return notSent(GRANT_EXPIRED);
  return { call: await tool.call({ key, deadline: work.deadline, process, honoursKeys: honoursKeys(action.tool) }) };
};

const grantOf = ({ tenant, workflow, grant }: ExecutionWork, log: MemoryLog): Event<'countersign.action.allowed'> => {
  const target = { topic: `${NAMESPACE}.decisions`, partition: partitionOf(orderingKey(tenant, workflow), PARTITIONS) };
  const [record] = log.slice(target, grant.offset, 1);
  const event = JSON.parse(String(record?.value)) as Event;
  if (event.type !== 'countersign.action.allowed') throw new Error('the work names no grant');
  return event;
};
