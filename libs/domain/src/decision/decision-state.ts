import type { Action, Cause, DecisionDeferredV1, Extension, LimitName, Reservation, SignedVote, UndoHash } from '@countersign/contracts';
import type { Instant, Principal, RunId, Sha256 } from '@countersign/kernel';
import type { WorkflowSpending } from '../budget/spending.js';
import type { RunContext } from '../context/run-context.js';
import type { Scope } from '../control/stops.js';
import type { EndedActions } from '../ended-actions.js';
import type { TaskMemory } from '../run/task-memory.js';
import type { UndoMemory } from '../undo/undo-memory.js';
import type { Waiting } from './waiting.js';

/** Policy's state of one partition: a fold over its own events. It knows what is open; of what has ended it knows only that. */
export interface DecisionState {
  /** Open runs. */
  readonly contexts: Map<RunId, RunContext>;
  /** Runs of the tasks of the last 26 h, open or closed: none is opened a second time. */
  readonly seen: TaskMemory;
  /** Actions of closed runs that people can have undone. */
  readonly undoable: UndoMemory<{ readonly undo: UndoHash; readonly until: Instant }>;
  /** By `tenant/workflow`: what its days and months have used. */
  readonly spending: Map<string, WorkflowSpending>;
  /** By id of the approval. */
  readonly asks: Map<string, Ask>;
  /** By one-use id. */
  readonly grants: Map<string, Grant>;
  /** What has been put off. Its grant, where there was one, stays among `grants`: what it reserved is not free. */
  readonly waiting: Waiting;
  /** Hashes of the actions of all three. */
  readonly open: Map<Sha256, OpenDecision>;
  /** Actions that came to an end under a grant: they are not decided again. */
  readonly ended: EndedActions;
}

export type OpenDecision = { readonly ask: string } | { readonly grant: string } | { readonly deferral: Sha256 };

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
  /** Newest control that policy had read. */
  readonly epoch: number;
  /** Its own event. */
  readonly cause: Cause;
  /** Limits that it is about; absent where rules ask. */
  readonly over?: readonly LimitName[];
  /** Only whom the run acts for is asked. */
  readonly confirmation?: true;
  /** Roles that are asked besides once it escalates; absent: none. */
  readonly escalateTo?: readonly string[];
  /** What people have approved before. */
  readonly approved?: Approved;
}

/** The executor may act. Its reservation stands until its terminal event. */
export interface Grant extends Case {
  readonly jti: string;
  readonly reservation: Reservation;
  readonly extension?: Extension;
  readonly approved?: Approved;
  /** Seconds since 1970. */
  readonly exp: number;
  /** Grants of the action in a row that the executor could not use before this one. */
  readonly renewals: number;
  /** The answer by which the step is done once more; absent for the first time. */
  readonly again?: string;
}

/** What a case waits for. */
export type Until =
  /** Every earlier granted action of its run has its outcome. */
  | { readonly what: 'outcomes' }
  /** The mode of the scope holds it no more; where the workflow was degraded to `safe`, people have restored it. */
  | { readonly what: 'stop'; readonly stop: Scope }
  /** Its tool may be called again. */
  | { readonly what: 'tool'; readonly at: Instant };

/** Policy has put a case off, with the votes and the grant that it had. */
export interface Deferral extends Case {
  readonly until: Until;
  /** By the tool's contract. */
  readonly effect: 'read' | 'write';
  /** When it was first put off. */
  readonly since: Instant;
  /** Newest control that policy had read. */
  readonly epoch: number;
  readonly approved?: Approved;
  readonly extension?: Extension;
  readonly grant?: NonNullable<DecisionDeferredV1['grant']>;
  /** Its own event. */
  readonly cause: Cause;
}

/** What people were asked, and how they voted. */
export interface Approved {
  readonly approval: string;
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
  /** Roles that were asked besides; absent where it had not escalated. */
  readonly fallback?: readonly string[];
  /** Of what they were shown; absent where that was nothing. */
  readonly previewHash?: Sha256;
  readonly votes: readonly SignedVote[];
}
