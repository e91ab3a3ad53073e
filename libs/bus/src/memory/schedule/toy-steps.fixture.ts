import { parseTimestamp, type Instant, type Tenant, type Workflow } from '@countersign/kernel';
import type { Cause, Event, EventType, Owner } from '@countersign/contracts';
import type { Guard, Late, Moment, Outgoing, Received, Step, WorkItem } from '../../step.js';

/**
 * Three services after the pattern of the real ones. Every event carries `n`, the count of the events of its partition: a
 * single event that is lost, doubled or decided on a wrong state shows in it. And `seen`, the newest control that its writer
 * had seen: nobody handles it who has not.
 */
export interface ToyData {
  readonly n: number;
  readonly task: string;
  readonly seen?: number;
  readonly attempt?: number;
  readonly effect?: string;
  readonly wrong?: string;
}

interface ToyTask {
  readonly cause: Cause;
  readonly at: number;
  /** The newest type that was written for it. */
  readonly stage: string;
  readonly attempt: number;
  readonly late: boolean;
}

export interface ToyState {
  n: number;
  readonly tasks: Record<string, ToyTask>;
}

export interface ToyWork extends WorkItem {
  readonly task: string;
  readonly attempt: number;
}

export interface Tool {
  call(task: string, process: string): Promise<string>;
}

/** After this a run is late, and an attempt without an outcome is tried again. */
const LATE = 3_000;
const DEADLINE = 2_000;

export const dataOf = (event: Event): ToyData => event.data as unknown as ToyData;

type Written = readonly (readonly [EventType, Omit<ToyData, 'n'>])[];

const write = (state: ToyState, seen: number, events: Written): Outgoing[] =>
  events.map(
    ([type, data], at) =>
      ({ type, data: { n: state.n + at + 1, seen, ...data }, tenant: 'toy' as Tenant, workflow: data.task.split(':')[0] as Workflow, subject: `${data.task}/${data.attempt ?? 0}` }) as unknown as Outgoing,
  );

/** A marker beside the stages of a task. */
const REMINDER = 'countersign.proposal.rejected';
const NOISE = 'countersign.approval.requested';

const evolve = (state: ToyState, event: Event, cause: Cause): ToyState => {
  const { n, task, attempt = 0 } = dataOf(event);
  const known = state.tasks[task];
  const fresh = known === undefined || event.type === 'countersign.attempt.started';
  state.n = n;
  state.tasks[task] = {
    cause: fresh ? cause : known.cause,
    at: fresh ? (parseTimestamp(event.time) ?? 0) : known.at,
    stage: event.type === REMINDER || event.type === NOISE ? (known?.stage ?? 'new') : event.type,
    attempt: Math.max(known?.attempt ?? 0, attempt),
    late: (known?.late ?? false) || event.type === REMINDER,
  };
  return state;
};

type Decide = (received: Received, state: ToyState) => Written;

/** What is decided depends on when, as in life: handling an input again gives more events, or fewer. */
const withNoise = (task: string, now: Instant, events: Written): Written => (now % 3 === 0 ? [[NOISE, { task }], ...events] : events);

/** What rests on a control is not handled under older ones. */
const checked = ({ event }: Received, { controlEpoch }: Moment<null>, events: Written): Written => {
  const { seen = -1 } = dataOf(event);
  return seen <= controlEpoch ? events : events.map(([type, data]) => [type, { ...data, wrong: `control ${seen} was not read, only ${controlEpoch}` }]);
};

const stepOf = (service: Owner, decide: Decide): Step<ToyState, null, ToyWork, string> => ({
  service,
  initialState: () => ({ n: 0, tasks: {} }),
  handle: (received, state, moment) => {
    const { now, controlEpoch } = moment;
    const decided = checked(received, moment, decide(received, state));
    return write(state, controlEpoch, decided.length === 0 ? decided : withNoise(dataOf(received.event).task, now, decided));
  },
  evolve,
  freeze: (state) => state,
  thaw: (frozen) => frozen as ToyState,
});

const stageOf = (state: ToyState, task: string): string | undefined => state.tasks[task]?.stage;

export const plannerStep = (): Step<ToyState, null, ToyWork, string> => ({
  ...stepOf('planner', ({ event }, state) => {
    const { task, effect } = dataOf(event);
    const stage = stageOf(state, task);
    switch (event.type as string) {
      case 'countersign.task.submitted':
        // The only input that comes twice.
        return stage === undefined ? [['countersign.run.started', { task }], ['countersign.action.proposed', { task }]] : [];
      case 'countersign.action.allowed':
        return [['countersign.step.observed', { task }]];
      case 'countersign.action.succeeded':
        if (stage === 'countersign.step.observed') return [['countersign.run.closed', { task, effect: effect ?? '' }]];
        return [['countersign.run.closed', { task, wrong: `outcome before grant, at ${stage}` }]];
      default:
        return [];
    }
  }),
  nextDue: (state) => {
    let due: number | undefined;
    for (const { at, late, stage } of Object.values(state.tasks)) {
      if (!late && stage !== 'countersign.run.closed' && (due === undefined || at + LATE < due)) due = at + LATE;
    }
    return due as Instant | undefined;
  },
  due: (state, { now, controlEpoch }) => {
    const due: Late[] = [];
    let { n } = state;
    for (const [task, { at, late, stage, cause }] of Object.entries(state.tasks)) {
      if (late || stage === 'countersign.run.closed' || at + LATE > now) continue;
      due.push({ cause, outgoing: write({ ...state, n }, controlEpoch, [[REMINDER, { task }]]) });
      n += 1;
    }
    return due;
  },
});

export const policyStep = (): Step<ToyState, null, ToyWork, string> =>
  stepOf('policy', ({ event }, state) => {
    const { task } = dataOf(event);
    const stage = stageOf(state, task);
    if (event.type === 'countersign.action.proposed') return [['countersign.action.allowed', { task }]];
    if (event.type !== 'countersign.action.succeeded') return [];
    return [['countersign.budget.settled', stage === 'countersign.action.allowed' ? { task } : { task, wrong: `settled at ${stage}` }]];
  });

export const executorStep = (tool: Tool, process: string): Step<ToyState, null, ToyWork, string> => {
  const workOf = (task: string, { attempt, cause, at }: ToyTask, restored: boolean): ToyWork => ({
    id: `${task}/${attempt}`,
    cause,
    bulkhead: 'tool',
    task,
    attempt,
    ...(restored ? { notBefore: (at + DEADLINE) as Instant } : {}),
  });
  return {
    ...stepOf('executor', ({ event }) =>
      event.type === 'countersign.action.allowed' ? [['countersign.attempt.started', { task: dataOf(event).task, attempt: 1 }]] : [],
    ),
    workFor: (state, event) => {
      const { task } = dataOf(event);
      const found = state.tasks[task];
      return event.type === 'countersign.attempt.started' && found ? [workOf(task, found, false)] : [];
    },
    openWork: (state) =>
      Object.entries(state.tasks)
        .filter(([, { stage }]) => stage === 'countersign.attempt.started')
        .map(([task, found]) => workOf(task, found, true)),
    perform: async ({ task }, _signal: AbortSignal, guard: Guard) => {
      if (!guard.canAct()) throw new Error('not the owner');
      return tool.call(task, process);
    },
    done: ({ task, attempt }, outcome, state, { controlEpoch }) => {
      if ('result' in outcome) return write(state, controlEpoch, [['countersign.action.succeeded', { task, attempt, effect: outcome.result }]]);
      return write(state, controlEpoch, [['countersign.attempt.started', { task, attempt: attempt + 1 }]]);
    },
  };
};
