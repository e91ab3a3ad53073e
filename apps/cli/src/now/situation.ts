import type { Instant } from '@countersign/kernel';
import type { FoundLetter } from '../dlq/letters.js';
import type { Attention } from '../ledger/shapes.js';
import type { Standing } from '../stop/stops-text.js';
import type { Spend } from './spend.js';

/** Whether what the ledger said can be taken for what is. */
export type Freshness =
  | { readonly is: 'current' }
  /** Records of the log that it had not read, for a while now. */
  | { readonly is: 'behind'; readonly records: number; readonly since: Instant }
  | { readonly is: 'silent'; readonly since: Instant; readonly message: string };

/** A workflow that is held to less, because a tool failed too often. */
export interface HeldWorkflow {
  readonly tenant: string;
  readonly workflow: string;
  readonly tool: string;
}

/** All that is known of what needs somebody, at one moment. */
export interface Situation {
  /** The newest that the ledger said; absent where it has said nothing yet. */
  readonly attention?: Attention;
  readonly ledger: Freshness;
  /** Since when Kafka says nothing; absent where it does. */
  readonly kafkaSilentSince?: Instant;
  /** That nobody has had handled again, newest first. */
  readonly letters: readonly FoundLetter[];
  readonly spend: readonly Spend[];
  readonly held: readonly HeldWorkflow[];
  /** What people have stopped and not let go yet, but for single runs. */
  readonly stops: readonly Standing[];
}
