import { evolveDecisions, initialDecisions, standingStops, workflowKey, type ControlState, type DecisionState } from '@countersign/domain';
import { partitionOf } from '@countersign/contracts';
import { CountersignError, timestamp, type Instant } from '@countersign/kernel';
import { coursesOf, endOf, type PartitionTape, type RunBundle } from '@countersign/replay';
import { periodsOf } from '@countersign/tools';
import { budgetsIn, type WorkflowBudget } from '../budgets/budget-rows.js';
import { ARCHIVED_SOON } from '../ledger/the-run.js';
import type { View } from '../terminal/view.js';
import type { ArchivedTape } from './read-tape.js';

type Tape = Pick<ArchivedTape, 'controls' | 'tapes' | 'runs' | 'partitions'>;

/** A run as it was at a moment. */
export interface RunThen {
  readonly run: RunBundle;
  /** What of it had happened. */
  readonly events: RunBundle['events'];
  /** Its outcome, `open`, or whom it waited for; `not admitted` before its beginning. */
  readonly state: string;
}

export interface Moment {
  readonly time: Instant;
  /** Offset of the newest control; -1 for none. */
  readonly control: number;
  readonly active: ControlState['active'];
  readonly stops: ReturnType<typeof standingStops>;
  readonly budgets: readonly WorkflowBudget[];
  /** Runs that had begun and had not ended. */
  readonly open: readonly RunThen[];
}

/** What policy knew at a time: a fold of what it had written by then. */
const decisionsAt = (tape: PartitionTape | undefined, time: Instant): DecisionState =>
  (tape?.topics.decisions ?? []).reduce((state, { event, cause, record }) => (record.timestamp <= time ? evolveDecisions(state, event, cause) : state), initialDecisions());

export const runAt = (run: RunBundle, time: Instant): RunThen => {
  const events = run.events.filter(({ record }) => record.timestamp <= time);
  return { run, events, state: endOf(coursesOf(events).get(run.run)) };
};

/** A run that waits is open however long ago its last event was. */
const closedAt = ({ events }: RunBundle): number => events.find(({ type }) => type === 'countersign.run.closed')?.record.timestamp ?? Infinity;

/** Throws `USAGE` for a time that has not come, and `NOT_FOUND` for one before everything that is on the tape. */
export const requireOnTape = ({ controls, runs }: Pick<Tape, 'controls' | 'runs'>, time: Instant, { now, command }: Pick<View, 'now' | 'command'>): void => {
  const times = [...controls.times, ...runs.flatMap(({ from, until }) => [from, until])];
  if (times.length === 0) throw new CountersignError('NOT_FOUND', 'nothing is in the archive yet', { hint: ARCHIVED_SOON });
  const first = times.reduce((least, each) => Math.min(least, each)) as Instant;
  const last = times.reduce((most, each) => Math.max(most, each)) as Instant;
  if (time > now) throw new CountersignError('USAGE', `\`${timestamp(time)}\` has not come yet`, { hint: `the newest event here: \`${command(`replay at ${timestamp(last)}`)}\`` });
  if (time < first) throw new CountersignError('NOT_FOUND', `nothing had happened by \`${timestamp(time)}\``, { hint: `the first event here: \`${command(`replay at ${timestamp(first)}`)}\`` });
};

/** Configuration, switches, budgets and open runs as they were at a moment, by the clock of Kafka. */
export const momentOf = ({ controls, tapes, runs, partitions }: Tape, time: Instant): Moment => {
  const { epoch: control, state } = controls.atTime(time);
  const known = new Map<number, DecisionState>();
  const stateOf = (tenant: string, workflow: string): DecisionState => {
    const partition = partitionOf(workflowKey({ tenant, workflow }), partitions);
    const folded = known.get(partition) ?? decisionsAt(tapes.find((tape) => tape.partition === partition), time);
    known.set(partition, folded);
    return folded;
  };
  const open = runs.filter((run) => run.from <= time && closedAt(run) > time).map((run) => runAt(run, time));
  return { time, control, active: state.active, stops: standingStops(state.stops), budgets: budgetsIn(state, stateOf, time, periodsOf), open };
};
