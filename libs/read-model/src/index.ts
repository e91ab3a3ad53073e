export type { ActionStatus } from './action-status.js';
export { FILLING, type Position } from './position-queries.js';
export type { ProjectedRecord, ProjectionBatch, RejectedRecord } from './projected-event.js';
export { ReadModel } from './read-model.js';
export type { Project } from './read-model.js';
export type { RunFilter } from './run-queries.js';
export type {
  ActionView,
  ApprovalFigures,
  ApprovalStatus,
  ApprovalSummary,
  ApprovalView,
  ArchiveTrouble,
  Attention,
  BacklogLine,
  ConfigFileView,
  DoubtfulEffect,
  EffectView,
  EscalationStatus,
  EscalationSummary,
  EscalationView,
  EventView,
  Expiry,
  FigureRow,
  OpenBreaker,
  PinnedFile,
  RunRecord,
  RunStatus,
  RunSummary,
  RunView,
  SignOffView,
  StandingView,
  StuckRun,
  Undoing,
  VoteView,
  Wait,
  WaitingEscalation,
  Why,
} from './views.js';
export type { Voter } from './voters.js';
