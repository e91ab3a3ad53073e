import type { Hop } from './run-shape.js';

/** Group and client id of the relay. */
export const RELAY_GROUP = 'bench-relay';

/** What the relay's process is told first. */
export interface RelaySettings {
  readonly brokers: readonly string[];
  readonly sasl: { readonly username: string; readonly password: string };
  /** The records of a run, with the Kafka names of the relay's own topics. */
  readonly hops: readonly Pick<Hop, 'topic' | 'bytes'>[];
  /** By place of a record in `hops`: which ones are written when it is read. */
  readonly next: readonly (readonly number[])[];
  /** What comes out, and is read by the driver only. */
  readonly output: string;
  /** How many batches kafkajs hands over at a time. */
  readonly concurrency: number;
  /** How long a fetch waits at the broker. */
  readonly maxWaitMs: number;
}

export type RelayOrder = 'start' | 'stop';
export type RelayAnswer = 'ready' | 'started' | 'stopped';

/** Which records are written when each is read. */
export const followers = (hops: readonly Pick<Hop, 'after'>[]): number[][] => hops.map((_, at) => hops.flatMap(({ after }, next) => (after === at ? [next] : [])));
