export type { ActionStatus } from './action-status.js';
export type { Position } from './position-queries.js';
export type { ProjectedRecord, ProjectionBatch, RejectedRecord } from './projected-event.js';
export { ReadModel } from './read-model.js';
export type { Project } from './read-model.js';
export type { RunFilter } from './run-queries.js';
export type {
  ActionView,
  ApprovalStatus,
  ApprovalSummary,
  ApprovalView,
  BacklogLine,
  EventView,
  Expiry,
  PinnedFile,
  RunRecord,
  RunStatus,
  RunSummary,
  RunView,
  StandingView,
  VoteView,
  Wait,
  Why,
} from './views.js';
export type { Voter } from './voters.js';
