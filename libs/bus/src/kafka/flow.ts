import type { Extent, LogRecord, TopicPartition } from '../broker.js';
import type { Elapsed } from '../steady-clock.js';

/** What somebody wants from one partition. */
export interface Sink {
  /** All that lies in an extent, which may be nothing. In order; the next call waits for the promise. A call that fails is made again later. */
  onRecords(records: readonly LogRecord[], extent: Extent): void | Promise<void>;
  /**
   * A fetch that was sent at `askedAt` showed that nothing lies at or after `end`; all before it was handed over. `written` is further where
   * a transaction is open: nobody gets what lies behind its first record before it has ended.
   */
  onEnd?(end: number, askedAt: Elapsed, written: number): void;
  /** The partition cannot be read any further. */
  onFault(fault: unknown): void;
}

/** A partition that is read, and how far. */
export interface Flow extends TopicPartition {
  readonly sink: Sink;
  /** Next offset to hand over; `undefined` until it is known. */
  position: number | undefined;
  paused: boolean;
  /** Records are with the sink. */
  busy: boolean;
  closed: boolean;
  /** The fetch that is on its way; another one than this brings nothing. */
  awaited: symbol | undefined;
  /** Counts seeks: what was under way before the last one does not move the position. */
  seeks: number;
}

export type ReadyFlow = Flow & { position: number };

export const newFlow = (target: TopicPartition, sink: Sink, position: number | undefined, paused = false): Flow => ({
  topic: target.topic,
  partition: target.partition,
  sink,
  position,
  paused,
  busy: false,
  closed: false,
  awaited: undefined,
  seeks: 0,
});

/** May be asked for now. */
export const isReady = (flow: Flow): flow is ReadyFlow =>
  flow.position !== undefined && !flow.paused && !flow.busy && !flow.closed && flow.awaited === undefined;
