import type { Event } from '@countersign/contracts';
import type { EventView } from '../ledger/shapes.js';

/** An event of a run as the ledger gives it, with its place. */
export interface Logged {
  /** Topic and partition, as archives and proofs name a log. */
  readonly log: string;
  readonly offset: number;
  readonly sha256: string;
  readonly event: Event;
}

/** What of a timeline the services wrote. The ledger has checked every event against its schema. */
export const loggedOf = (timeline: readonly EventView[]): readonly Logged[] =>
  timeline.flatMap(({ topic, partition, offset, sha256, event }) => (event === undefined ? [] : [{ log: `${topic}/${partition}`, offset, sha256, event: event as unknown as Event }]));
