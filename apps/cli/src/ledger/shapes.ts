import type { EventView as StoredEvent } from '@countersign/read-model';

/** What the ledger's HTTP API answers: the views of the read model, as JSON. Types only; the command line has no SQL. */
export type { ActionStatus, ActionView, ApprovalFigures, ApprovalStatus, ApprovalSummary, ApprovalView, ArchiveTrouble, Attention, BacklogLine, ConfigFileView, DoubtfulEffect, EffectView, EscalationStatus, EscalationSummary, EscalationView, Expiry, FigureRow, OpenBreaker, PinnedFile, RunStatus, RunSummary, RunView, SignOffView, StandingView, StuckRun, Undoing, VoteView, Wait, WaitingEscalation, Why } from '@countersign/read-model';

/** An event of a timeline, with what the command line shows of it. */
export interface EventView extends Omit<StoredEvent, 'event'> {
  readonly event?: { readonly id?: string; readonly type?: string; readonly step?: string; readonly time?: string };
}
