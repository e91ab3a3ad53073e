import type { Millis, Sha256 } from '@countersign/kernel';
import type { AttributeType, AttributeValue } from './attributes.js';

/** A comparison that an engine makes with one attribute of a call. */
export type Comparison =
  | { readonly attribute: string; readonly operator: '>' | '>=' | '<' | '<='; readonly value: number }
  | { readonly attribute: string; readonly operator: '==' | '!='; readonly value: AttributeValue }
  | { readonly attribute: string; readonly operator: 'in' | 'not_in'; readonly values: readonly AttributeValue[] }
  /** Whole text against a pattern in which `*` stands for any run of characters; upper and lower case differ. */
  | { readonly attribute: string; readonly operator: 'matches'; readonly pattern: string };

/** What people have to give before an asking rule lets a call through. */
export interface Ask {
  /** 2 one person, 3 two people, 4 a step-up; see the tiers of approvals. */
  readonly tier: number;
  /** How many different people. */
  readonly quorum: number;
  /** Each of them holds one of these, sorted; empty for any approver. */
  readonly roles: readonly string[];
  /** Nobody answered for this long: the approval expires. */
  readonly within: Millis;
}

/**
 * One statement about one tool. `permit` opens the tool to the agents of a contract, everything else narrows.
 * `require` denies a call that lacks an attribute which `rule` needs: without it a rule on an absent field would never fire.
 */
export type Statement =
  | { readonly kind: 'permit'; readonly id: string; readonly contract: string }
  | { readonly kind: 'deny'; readonly id: string; readonly when: readonly Comparison[]; readonly message: string }
  | { readonly kind: 'ask'; readonly id: string; readonly when: readonly Comparison[]; readonly message: string; readonly ask: Ask }
  | { readonly kind: 'require'; readonly id: string; readonly rule: string; readonly attribute: string; readonly message: string };

/** Everything that is said about one tool: its permits, its own rules and the rules whose pattern covers it. Sorted by id, which is unique. */
export interface Slice {
  readonly tool: string;
  /** Policy attributes that the tool contract maps. */
  readonly attributes: Readonly<Record<string, AttributeType>>;
  readonly statements: readonly Statement[];
}

/** A compiled set: plain data, the same for every engine. The order of rules and their split into files have no meaning. */
export interface CompiledSet {
  /** Hash of the files that it was compiled from; what decisions name. */
  readonly hash: Sha256;
  /** Agent contract in force for each `tenant/workflow`. */
  readonly agents: ReadonlyMap<string, string>;
  /** By tool; a tool without a slice does not exist. */
  readonly slices: ReadonlyMap<string, Slice>;
}

/** How votes are counted for a rule: by the roles it names, or `*` for any approver. */
export const voterGroup = (roles: readonly string[]): string => (roles.length === 0 ? '*' : roles.join(','));

export const agentKey = (tenant: string, workflow: string): string => `${tenant}/${workflow}`;
