import type { Event, RunOutcome } from '@countersign/contracts';
import type { RunId, Tenant, Workflow } from '@countersign/kernel';
import { TAPED, type PartitionTape, type Taped, type TapedTopic } from './tape.js';

/** All that is on the tape of one run. */
export interface RunBundle {
  readonly run: RunId;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly partition: number;
  /** Of all topics, in the order in which Kafka stamped them. */
  readonly events: readonly Taped[];
  /** When it was handed in, and when its last event was written; milliseconds, Kafka's. */
  readonly from: number;
  readonly until: number;
  /** Absent while it is open. */
  readonly outcome?: RunOutcome;
  /** Offset of the newest control that was in force when its first and last event were written. */
  readonly controls: { readonly first: number; readonly last: number };
}

/** The bundles of all runs of a partition, by run. */
export const bundlesOf = ({ partition, topics }: PartitionTape): ReadonlyMap<RunId, RunBundle> => {
  const events = Map.groupBy(TAPED.flatMap((topic) => topics[topic]), ({ run }) => run);
  return new Map([...events].flatMap(([run, found]) => (run === undefined ? undefined : bundleOf(run, partition, found)) ?? []).map((bundle) => [bundle.run, bundle]));
};

/** Nothing where there is no more of the run than what somebody said of it. */
const bundleOf = (run: RunId, partition: number, found: readonly Taped[]): RunBundle | undefined => {
  const events = found.toSorted((one, other) => one.record.timestamp - other.record.timestamp);
  const started = events.find(({ type }) => type === 'countersign.task.submitted' || type === 'countersign.run.started' || type === 'countersign.undo.ordered');
  const { tenant, workflow } = started?.event ?? {};
  if (tenant === undefined || workflow === undefined) return undefined;
  const closed = events.find(({ type }) => type === 'countersign.run.closed')?.event as Event<'countersign.run.closed'> | undefined;
  const times = events.map(({ record }) => record.timestamp);
  const epochs = events.map(({ controlEpoch }) => controlEpoch);
  return { run, tenant, workflow, partition, events, from: Math.min(...times), until: Math.max(...times), ...(closed && { outcome: closed.data.outcome }), controls: { first: Math.min(...epochs), last: Math.max(...epochs) } };
};

/** Whether nothing more is to come of it: it is closed, and policy has settled it. */
export const isWhole = ({ events }: RunBundle): boolean => events.some(({ type }) => type === 'countersign.run.closed') && events.some(({ type }) => type === 'countersign.context.closed');

/** What an event of a run names as a cause, where it has to be on the tape. */
export interface TapedCause {
  readonly of: Taped;
  readonly topic: TapedTopic;
  readonly partition: number;
  readonly offset: number;
}

/** Everything on a tape that the events of a run rest on. */
export const tapedCauses = ({ events, partition }: Pick<RunBundle, 'events' | 'partition'>): readonly TapedCause[] =>
  events.flatMap((of) => of.causes.flatMap((cause) => (isTaped(cause.topic) ? [{ of, topic: cause.topic, partition: cause.partition ?? partition, offset: cause.offset }] : [])));

/**
 * Whether everything that its events rest on is on the tape too: logs are archived one by one, and one may be some seconds behind another.
 * `isThere` is asked for topic, partition and offset.
 */
export const restsOnTape = (bundle: RunBundle, isThere: (topic: TapedTopic, partition: number, offset: number) => boolean): boolean =>
  tapedCauses(bundle).every(({ topic, partition, offset }) => isThere(topic, partition, offset));

const isTaped = (topic: string): topic is TapedTopic => TAPED.some((each) => each === topic);

/** For how long at least one of the runs was open, milliseconds. */
export const busyTimeOf = (bundles: readonly Pick<RunBundle, 'from' | 'until'>[]): number => {
  let [total, reached] = [0, -Infinity];
  for (const { from, until } of bundles.toSorted((one, other) => one.from - other.from)) {
    total += Math.max(0, until - Math.max(from, reached));
    reached = Math.max(reached, until);
  }
  return total;
};
