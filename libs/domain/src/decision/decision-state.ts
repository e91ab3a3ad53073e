import type { Action, SignedVote } from '@countersign/contracts';
import type { Instant, MicroUsd, Principal, RunId, Sha256 } from '@countersign/kernel';
import type { RunContext } from '../context/run-context.js';
import type { EndedActions } from '../ended-actions.js';
import type { TaskMemory } from '../run/task-memory.js';

/** Policy's state of one partition: a fold over its own events. It knows what is open; of what has ended it knows only that. */
export interface DecisionState {
  /** Open runs. */
  readonly contexts: Map<RunId, RunContext>;
  /** Runs of the tasks of the last 26 h, open or closed: none is opened a second time. */
  readonly seen: TaskMemory;
  /** By id of the approval. */
  readonly asks: Map<string, Ask>;
  /** By one-use id. */
  readonly grants: Map<string, Grant>;
  /** Hashes of the actions of both. */
  readonly open: Map<Sha256, OpenDecision>;
  /** Actions that came to an end under a grant: they are not decided again. */
  readonly ended: EndedActions;
}

export type OpenDecision = { readonly ask: string } | { readonly grant: string };

/** What a decision is about. */
export interface Case {
  readonly action: Action;
  readonly actionHash: Sha256;
  readonly sub: Principal;
  readonly act: Principal;
  readonly runDeadline: Instant;
}

/** People are asked. */
export interface Ask extends Case {
  readonly approval: string;
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
}

/** The executor may act. Its reservation stands until its terminal event. */
export interface Grant extends Case {
  readonly jti: string;
  readonly reserved: MicroUsd;
  readonly approved?: Approved;
  /** Seconds since 1970. */
  readonly exp: number;
  /** Grants of the action in a row that the executor could not use before this one. */
  readonly renewals: number;
}

/** What people were asked, and how they voted. */
export interface Approved {
  readonly approval: string;
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
  readonly votes: readonly SignedVote[];
}
