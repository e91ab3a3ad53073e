import type { Facts, Verdict, Vote } from '@countersign/domain';
import type { Instant, Sha256 } from '@countersign/kernel';
import type { Attributes } from './attributes.js';
import type { CompiledSet } from './compiled-set.js';

/** Votes for exactly this action, each verified by the caller. `tier` is what the voters were asked at: a vote for less does not answer a stricter rule. */
export interface Approvals {
  readonly tier: number;
  readonly votes: readonly Vote[];
}

export const NO_APPROVALS: Approvals = { tier: 0, votes: [] };

/** Facts under which no built-in statement speaks; `now` is no time, and is replaced wherever a rule may ask for it. */
export const NO_FACTS: Facts = { destinations: [], taint: [], contains: [], stage: 'autonomous', mode: 'normal', now: 0 as Instant, replay: false };

export interface DecisionRequest {
  /** `spiffe://<trust-domain>/tenant/<t>/workflow/<w>/agent/<a>`; has to be of this tenant and workflow. */
  readonly agent: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly tool: string;
  /** The outside system that is acted on. */
  readonly destination: string;
  readonly attributes: Attributes;
  readonly facts: Facts;
  readonly approvals: Approvals;
}

/** A policy set, loaded into an engine. */
export interface PreparedPolicy {
  readonly hash: Sha256;
  /** Decides at once and never throws: what cannot be evaluated is denied. `deny` and `ask` have at least one reason. */
  decide(request: DecisionRequest): Verdict;
  /** Frees what the engine holds; later decisions deny. */
  release(): void;
}

/** A policy language behind one port: the same set gives the same verdicts on each of them. */
export interface PolicyEngine {
  readonly name: string;
  /** Loads a compiled set; throws `ENGINE_UNAVAILABLE` where the engine refuses it: everything is denied then. A set that does not compile gets no manifest in force in the first place. */
  prepare(set: CompiledSet): PreparedPolicy;
}
