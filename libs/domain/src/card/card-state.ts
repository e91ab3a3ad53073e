import type { AnswerChoice, CardChange, CardInputOpenedV1, CardOpenedV1, Cause, Preview } from '@countersign/contracts';
import type { Instant, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';

/** The Slack service's state of one partition: a fold over its own events. Cards are replaced, never changed, so that work can keep one as it was. */
export interface CardState {
  readonly cards: Map<string, Card>;
  /** Ids of the cards of each run, and of the runs that undo what they are about. */
  readonly ofRun: Map<RunId, readonly string[]>;
}

/** What a channel shows of an approval, of what was done without one, or of what a run asks. */
export type Card = ApprovalCard | InputCard;

export interface ApprovalCard extends CardOf<CardOpenedV1> {
  readonly votes: readonly CardVote[];
  /** As the executor made it; absent until then. */
  readonly preview?: Preview;
}

export interface InputCard extends CardOf<CardInputOpenedV1> {
  /** Who said last to be at work on it, and until when. */
  readonly claimed?: { readonly by: string; readonly until: Instant };
}

export const isInputCard = (card: Card): card is InputCard => card.opened.kind === 'input';

interface CardOf<Opened extends CardOpenedV1 | CardInputOpenedV1> {
  readonly card: string;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
  readonly step: StepId;
  readonly openedAt: Instant;
  readonly opened: Opened;
  readonly isReminded: boolean;
  /** Roles that are asked besides; absent where the question has not escalated. */
  readonly escalatedTo?: readonly string[];
  /** Who may answer, where that has changed since. */
  readonly people?: { readonly names: readonly string[]; readonly more: number };
  /** What people, or the time, said; absent while it is open, and always of a notice. */
  readonly answer?: CardNote;
  /** The newest of what was done about it; absent while nothing was. */
  readonly effect?: CardNote;
  /** The run has ended. */
  readonly ended?: CardNote;
  readonly undoRun?: RunId;
  /** Changes so far. */
  readonly revision: number;
  /** Where Slack has it, and how many changes it shows there; absent until it was posted. */
  readonly shown?: { readonly ts: string; readonly revision: number };
  /** What is being told to Slack; absent where it shows everything, or where it was given up. */
  readonly telling?: Telling;
  /** The newest event of it. */
  readonly touchedAt: Instant;
}

export interface CardVote {
  readonly choice: 'approve' | 'deny';
  readonly by: string;
}

/** Something that has happened, and what is said of it. */
export interface CardNote {
  readonly what: CardChange;
  readonly at: Instant;
  readonly by?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly choice?: AnswerChoice;
  readonly outsideId?: string;
  /** Until then a person can have it undone. */
  readonly undoUntil?: Instant;
}

/** One call of Slack: which it is, and the event that asks for it. */
export interface Telling {
  readonly revision: number;
  /** 1 for the first of this revision. */
  readonly attempt: number;
  readonly notBefore?: Instant;
  readonly cause: Cause;
}
