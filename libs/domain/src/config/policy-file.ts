import type { Json, Millis } from '@countersign/kernel';

/** Rules that narrow what agent contracts permit. The engine's compiler gives the conditions their meaning. */
export interface PolicyFile {
  /** Absent: the file goes by its name. */
  readonly id?: string;
  /** Absent: the next one, when it is applied with other content. */
  readonly version?: number;
  readonly policies: readonly PolicyRule[];
}

export interface PolicyRule {
  /** Unique in the configuration; decisions name it. */
  readonly name: string;
  /** As written: `tool`, `amount_usd`, ... to a text with an operator, a number, a boolean or a list. All must hold. */
  readonly if: Readonly<Record<string, Json>>;
  readonly then: PolicyEffect;
}

/** Keys of a condition that say which tools a rule is about. */
export const SCOPE_KEYS = ['tool', 'effect', 'risk'] as const;
/** Keys of a condition that speak of what is known about a call. All others are attributes, and a call without one that a rule reads is denied. */
export const FACT_KEYS = ['taint', 'stage', 'mode', 'contains', 'destination', 'origin', 'outside_window'] as const;

export type PolicyEffect =
  | { readonly action: 'deny' }
  | {
      readonly action: 'require_human_approval';
      readonly tier: number;
      readonly quorum: number;
      /** Each vote must come from a person with one of these; empty: any approver. */
      readonly roles: readonly string[];
      /** Nobody answered for this long: the approval expires. */
      readonly within: Millis;
    };

/** One approver, not irreversible without one click more; see the tiers of approvals. */
export const DEFAULT_TIER = 2;
export const DEFAULT_QUORUM = 1;
/** One working day, so that whoever looks once a day sees it in time. */
export const DEFAULT_APPROVAL_HOURS = 24;
