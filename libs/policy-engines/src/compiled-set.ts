import type { Millis, Sha256 } from '@countersign/kernel';
import type { AttributeType, AttributeValue } from './attributes.js';
import type { ReasonCode } from './reason-codes.js';

/** A comparison that an engine makes with one attribute of a call. */
export type Comparison =
  | { readonly attribute: string; readonly operator: '>' | '>=' | '<' | '<='; readonly value: number }
  | { readonly attribute: string; readonly operator: '==' | '!='; readonly value: AttributeValue }
  | { readonly attribute: string; readonly operator: 'in' | 'not_in'; readonly values: readonly AttributeValue[] }
  /** Whole text against a pattern in which `*` stands for any run of characters; upper and lower case differ. */
  | { readonly attribute: string; readonly operator: 'matches'; readonly pattern: string };

/** Minutes of some days; `until` is the first minute that is not part of it. */
export interface Span {
  /** 1 is Monday, 7 is Sunday; sorted. */
  readonly days: readonly number[];
  /** Minutes since midnight, 0 to 1440. */
  readonly from: number;
  readonly until: number;
}

/** `mon-fri 08:00-18:00 Europe/Berlin`. One that runs over midnight has two spans. */
export interface Window {
  readonly text: string;
  /** IANA name. */
  readonly zone: string;
  readonly spans: readonly Span[];
}

/** A test of what is known about a call besides its attributes. All lists are sorted and not empty. */
export type FactTest =
  /** Holds where one of these is there. */
  | { readonly fact: 'taint' | 'contains' | 'origin' | 'stage' | 'mode'; readonly any: readonly string[] }
  /** Holds where one destination of the call matches one of the patterns, or where one matches none of them. */
  | { readonly fact: 'destination'; readonly one: 'among' | 'outside'; readonly patterns: readonly string[] }
  /** Holds where the time is in none of the windows. */
  | { readonly fact: 'outside_window'; readonly windows: readonly Window[] };

/** A rule speaks where all of its tests hold. */
export type Test = Comparison | FactTest;

/** What people have to give before an asking rule lets a call through. */
export interface Ask {
  /** 1 people are told, 2 one person, 3 people of two groups, 4 a step-up; see the tiers of approvals. */
  readonly tier: number;
  /** How many different people. */
  readonly quorum: number;
  /** Each of them holds one of these, sorted; empty for any approver. */
  readonly roles: readonly string[];
  /** Nobody answered for this long: the approval expires. */
  readonly within: Millis;
  /** When people are reminded, and when fallback roles are asked besides; absent: as usual. */
  readonly remind?: Millis;
  readonly escalate?: Millis;
  /** Sorted; absent: those of the directory of approvers. */
  readonly escalateTo?: readonly string[];
}

/**
 * One statement about one tool. `permit` opens the tool to the agents of a contract, everything else narrows.
 * `require` denies a call that lacks an attribute which `rule` needs: without it a rule on an absent field would never fire.
 */
export type Statement =
  | { readonly kind: 'permit'; readonly id: string; readonly contract: string }
  | { readonly kind: 'deny'; readonly id: string; readonly when: readonly Test[]; readonly code: ReasonCode; readonly message: string }
  | { readonly kind: 'ask'; readonly id: string; readonly when: readonly Test[]; readonly code: ReasonCode; readonly message: string; readonly ask: Ask }
  | { readonly kind: 'require'; readonly id: string; readonly rule: string; readonly attribute: string; readonly message: string };

/** Everything that is said about one tool: its permits, what is built in, its own rules and the rules that cover it. Sorted by id, which is unique. */
export interface Slice {
  readonly tool: string;
  /** Policy attributes that the tool contract maps, and facts of runs of the contracts that list it. */
  readonly attributes: Readonly<Record<string, AttributeType>>;
  readonly statements: readonly Statement[];
}

/** A compiled set: plain data, the same for every engine. The order of rules and their split into files have no meaning. */
export interface CompiledSet {
  /** Hash of the files that it was compiled from; what decisions name. */
  readonly hash: Sha256;
  /** Agent contract in force for each `tenant/workflow`. */
  readonly agents: ReadonlyMap<string, string>;
  /** By id of a contract: when its agents may act. Absent: always. */
  readonly windows: ReadonlyMap<string, readonly Window[]>;
  /** By tool; a tool without a slice does not exist. */
  readonly slices: ReadonlyMap<string, Slice>;
}

export const isComparison = (test: Test): test is Comparison => 'attribute' in test;

export const isFactTest = (test: Test): test is FactTest => !isComparison(test);

/** Names of the attributes that a statement reads. */
export const attributesRead = (statement: Statement): readonly string[] => {
  if (statement.kind === 'permit') return [];
  return statement.kind === 'require' ? [statement.attribute] : statement.when.filter(isComparison).map(({ attribute }) => attribute);
};

/** How votes are counted for a rule: by the roles it names, or `*` for any approver. */
export const voterGroup = (roles: readonly string[]): string => (roles.length === 0 ? '*' : roles.join(','));

export const agentKey = (tenant: string, workflow: string): string => `${tenant}/${workflow}`;
