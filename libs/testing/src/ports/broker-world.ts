import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, LogRecord, Membership, NewRecord, TopicPartition } from '@countersign/bus';
import { millis, seconds } from '@countersign/kernel';

/** One cluster with several clients: what a suite of the `Broker` port needs besides the port. */
export interface BrokerWorld {
  /** A further client, as another process would have it; the suite closes it. */
  connect(): Broker | Promise<Broker>;
  createTopic(topic: string, partitions: number): Promise<void>;
  /** Retention: the log of the partition starts at `start` from now on. */
  truncate(target: TopicPartition, start: number): Promise<void>;
  /** A transaction of a producer that is not ours, as one batch. Markers take offsets too; what is aborted stays in the log, and nobody gets it. */
  transact(target: TopicPartition, values: readonly string[], end: 'commit' | 'abort'): Promise<void>;
  /** Puts a member out of its group behind its back, as a session timeout does. */
  evict(group: string, memberId: string): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for a rebalance on a busy machine; nothing in the suite waits this long unless it fails. */
export const PATIENCE = seconds(20);
/** Longer than any poll of an adapter: what has not come by then does not come. */
export const QUIET = millis(600);
const POLL = 10;

/** Waits until `check` gives something other than `undefined` or `false`. */
export const eventually = async <Found>(what: string, check: () => Found | undefined | false): Promise<Found> => {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const found = check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${PATIENCE} ms in vain for ${what}`);
    await sleep(POLL);
  }
};

export const quietly = (): Promise<void> => sleep(QUIET);

export const record = (value: string, key: string | null = null): NewRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: {},
});

export const texts = (records: readonly LogRecord[]): string[] => records.map(({ value }) => String(value));

/** What one member saw. */
export interface Member {
  readonly membership: Membership;
  /** Each assignment, oldest first. */
  readonly assignments: (readonly number[])[];
  readonly records: LogRecord[];
  /** Each stretch of offsets that was handed over, with records or without, as `topic/partition from-next`. */
  readonly extents: string[];
  readonly crashes: unknown[];
}

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Resumes whatever is assigned, as soon as it is. */
  readonly resume?: boolean;
  readonly onRecords?: (target: TopicPartition, records: readonly LogRecord[]) => void | Promise<void>;
}

/** Kafka's own default; members that are killed in a suite are put out by `evict`, not by waiting. */
const SESSION_TIMEOUT = seconds(10);

export const joinAs = async (broker: Broker, { group, topics, resume = true, onRecords }: MemberOptions): Promise<Member> => {
  const assignments: (readonly number[])[] = [];
  const records: LogRecord[] = [];
  const extents: string[] = [];
  const crashes: unknown[] = [];
  let joined: Membership | undefined;
  const resumeAll = (membership: Membership): void =>
    membership.resume((assignments.at(-1) ?? []).flatMap((partition) => topics.map((topic) => ({ topic, partition }))));
  const membership = await broker.join({
    group,
    topics,
    sessionTimeout: SESSION_TIMEOUT,
    onAssigned: (partitions) => {
      assignments.push([...partitions].sort((a, b) => a - b));
      if (resume && joined) resumeAll(joined);
    },
    onRecords: (target, batch, { from, next }) => {
      records.push(...batch);
      extents.push(`${target.topic}/${target.partition} ${from}-${next}`);
      return onRecords?.(target, batch);
    },
    onCrash: (fault) => void crashes.push(fault),
  });
  joined = membership;
  if (resume) resumeAll(membership);
  return { membership, assignments, records, extents, crashes };
};

/** Everything in a partition from an offset on, once. */
export const readAll = async (broker: Broker, target: TopicPartition, from = 0): Promise<readonly LogRecord[]> => {
  const found: LogRecord[] = [];
  const { end } = await broker.offsets(target);
  await broker.read(target, from, end, (records) => void found.push(...records));
  return found;
};

/** The code of what a promise fails with; `undefined` where it does not fail. */
export const faultOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
    return undefined;
  } catch (fault) {
    return typeof fault === 'object' && fault !== null && 'code' in fault ? fault.code : fault;
  }
};
