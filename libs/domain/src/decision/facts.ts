import type { DestinationKind } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { Stage } from '../config/agent-contract.js';

/** Where a value of a call comes from: the task's own words; the tenant's directory; the agent contract's allowlist; the result of a declared look-up tool; a person who gave what was missing; the log, for what undoes an action; anywhere else. */
export const ORIGINS = ['task', 'tenant', 'contract', 'vouched', 'person', 'log', 'unknown'] as const;
export type Origin = (typeof ORIGINS)[number];

/** What rules can ask for: where a destination of the call comes from, or that it gives none. */
export const ASKED_ORIGINS = [...ORIGINS, 'none'] as const;

/** A value that says where an effect goes, or that the task has to say. */
export interface Destination {
  readonly kind: DestinationKind;
  /** Normalised: one spelling for what is the same place. */
  readonly value: string;
  readonly origin: Origin;
  /** Nobody but the executor can read it: whatever a rule says of the place counts as so. */
  readonly sealed?: true;
}

/** What has flowed into the run: words of strangers; data that must not get out. */
export const TAINTS = ['untrusted', 'sensitive'] as const;
export type Taint = (typeof TAINTS)[number];

/**
 * What the scan of a call's free text can find: a key, password or token; the number of a card, an account or a person; a mailbox; a telephone;
 * a link to an address that is not known. `ssn` is a US social security number.
 */
export const FINDINGS = ['secret', 'card', 'iban', 'ssn', 'email', 'phone', 'link'] as const;
export type Finding = (typeof FINDINGS)[number];

export const MODES = ['normal', 'read-only', 'safe'] as const;
export type Mode = (typeof MODES)[number];

/** What is known about a call from the log and the configuration, never from what the agent says of itself. */
export interface Facts {
  /** One for each value of the arguments that the tool contract declares as destinations or as from the task. */
  readonly destinations: readonly Destination[];
  readonly taint: readonly Taint[];
  readonly contains: readonly Finding[];
  readonly stage: Stage;
  readonly mode: Mode;
  readonly now: Instant;
  /** No rule can ask for it: a replay decides as the original did. */
  readonly replay: boolean;
}
