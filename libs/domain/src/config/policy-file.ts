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
      /** Nobody answered for this long: the approval expires. At tier 1, where nobody is asked: it may be taken back for this long. */
      readonly within: Millis;
      /** When people are reminded; absent: after half of `within`. */
      readonly remind?: Millis;
      /** When the fallback roles are asked besides; absent: after three quarters of `within`. */
      readonly escalate?: Millis;
      /** Fallback roles; absent: those of the directory. */
      readonly escalateTo?: readonly string[];
    };

/** Nobody is asked: it is done, and people are told and may take it back. */
export const TOLD_TIER = 1;
/** From here on each vote is of another group, and there are two at least. */
export const GROUPS_TIER = 3;
export const GROUPS_QUORUM = 2;
/** From here on a yes needs a step-up, and no consent counts. */
export const STEP_UP_TIER = 4;
/** So that the votes of a quorum have room in a grant. */
export const MAX_QUORUM = 14;

/** One approver, not irreversible without one click more; see the tiers of approvals. */
export const DEFAULT_TIER = 2;
export const DEFAULT_QUORUM = 1;
/** One working day, so that whoever looks once a day sees it in time. */
export const DEFAULT_APPROVAL_HOURS = 24;
