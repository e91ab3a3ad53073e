export { actionHashOf } from './action-hash.js';
export { previewHashOf } from './preview-hash.js';
export { signBatch } from './batch-signature.js';
export type { BatchToSign, Verified } from './batch-signature.js';
export type { Epoch } from './batch-tree.js';
export type { Event, EventData, EventType } from './catalogue.js';
export { FileBlobStore } from './file-blob-store.js';
export type { BlobStore } from './blob-store.js';
export { CLAIM_TYPE } from './claim.js';
export type { Claim } from './claim.js';
export { decodeClaim, decodeEvent, encode, encodeClaim, encodeEvent, rereadEvent } from './codec.js';
export { eventRoot } from './event-root.js';
export type { Encoded } from './codec.js';
export { peekType } from './peek-type.js';
export { CLOUDEVENTS_JSON, formatCause, HEADERS, MAX_EVENT_BYTES, parseCauses } from './envelope.js';
export type { Cause, Envelope } from './envelope.js';
export {
  CORE_SERVICES,
  DEFAULT_NAMESPACE,
  DEFAULT_PARTITIONS,
  deadLetterTopic,
  FLOW,
  hasOnePartition,
  inputsOf,
  localName,
  orderingKey,
  partitionCountOf,
  outputOf,
  OWNERS,
  SERVICES,
  snapshotTopic,
  topicName,
  topicOf,
  TOPICS,
} from './flow.js';
export type { Owner, Service, Topic, Writer } from './flow.js';
export { nestsDeeperThan } from './nesting.js';
export { newClaim, newEvent } from './new-event.js';
export type { NewEvent } from './new-event.js';
export { partitionOf } from './partition.js';
export { checkPlace } from './place.js';
export { servicePrincipal, TRUST_DOMAIN } from './principal.js';
export { isEventType, PUBLISHED, topicOfType } from './published.js';
export type { KeyRing, Signer } from './signer.js';
export { verifyBatch } from './verify-batch.js';
export { PRINCIPAL_PATTERN, RUN_PATTERN, SHA256_PATTERN, SLACK_TEAM_PATTERN, SLACK_USER_PATTERN, TOOL_PATTERN } from './values/patterns.js';
export { ANSWER_CHOICES, CARD_CHANGES, CONFIG_KINDS, DESTINATION_KINDS, MAX_CHANGES, MAX_SHOWN_TEXT, MODES, RUN_ESCALATION_REASONS, RUN_OUTCOMES, STOP_SCOPES } from './values/vocabulary.js';
export type { AnswerChoice, CardChange, ConfigKind, DegradedTo, DestinationKind, LimitAction, LimitName, LimitScope, Mode, PreviewKind, RunEscalationReason, RunOutcome, SideEffectState, StepOutcome, StopScope } from './values/vocabulary.js';
export type { Action } from './values/action.js';
export type { ConfigFile } from './values/config-file.js';
export type { AgainAnswer, BlobRef, ConfigRef, ContextValue, Fault, Reason, SideEffect, SignedVote, SignedWord, SlackUser, StepRef, Undo, UndoHash, Via } from './values/parts.js';
export type { Amounts, Extension, GivenApproval, Reservation, Tries } from './values/amounts.js';
export type { NoPreview, Preview, PreviewChange, Shown } from './values/preview.js';
export type { CallMade, Evidence, LookMade } from './values/attempt.js';
export type { ActivatedFile } from './control/config-activated.v1.js';
export type { TaskSubmittedV1 } from './task/task-submitted.v1.js';
export type { UndoOrderedV1 } from './task/undo-ordered.v1.js';
export type { TaskAcceptedV1 } from './outcome/task-accepted.v1.js';
export type { TaskFinishedV1 } from './outcome/task-finished.v1.js';
export type { TaskRefusedV1 } from './outcome/task-refused.v1.js';
export type { ActionProposedV1 } from './proposal/action-proposed.v1.js';
export type { ProposalRejectedV1 } from './proposal/proposal-rejected.v1.js';
export type { RunClosedV1 } from './proposal/run-closed.v1.js';
export type { RunStartedV1 } from './proposal/run-started.v1.js';
export type { StepObservedV1 } from './proposal/step-observed.v1.js';
export type { MissingField, RunInputRequestedV1 } from './proposal/run-input-requested.v1.js';
export type { PersonsAnswer } from './values/persons-answer.js';
export type { ActionAllowedV1, Notice } from './decision/action-allowed.v1.js';
export type { ActionDeniedV1 } from './decision/action-denied.v1.js';
export type { ApprovalRequiredV1, PreviewGrant } from './decision/approval-required.v1.js';
export type { BudgetExhaustedV1 } from './decision/budget-exhausted.v1.js';
export type { BudgetSettledV1 } from './decision/budget-settled.v1.js';
export type { ContextClosedV1 } from './decision/context-closed.v1.js';
export type { ContextObservedV1 } from './decision/context-observed.v1.js';
export type { ContextOpenedV1 } from './decision/context-opened.v1.js';
export type { DecisionDeferredV1 } from './decision/decision-deferred.v1.js';
export type { DecisionLapsedV1 } from './decision/decision-lapsed.v1.js';
export type { WorkflowDegradedV1 } from './decision/workflow-degraded.v1.js';
export type { ApprovalExpiredV1 } from './approval/approval-expired.v1.js';
export type { ApprovalGrantedV1 } from './approval/approval-granted.v1.js';
export type { ApprovalRejectedV1 } from './approval/approval-rejected.v1.js';
export type { ApprovalRequestedV1 } from './approval/approval-requested.v1.js';
export type { ApprovalVoteCastV1 } from './approval/approval-vote-cast.v1.js';
export type { BallotCastV1 } from './approval/ballot-cast.v1.js';
export type { ApprovalDelegatedV1 } from './approval/approval-delegated.v1.js';
export type { ApprovalConsentedV1 } from './approval/approval-consented.v1.js';
export type { ApprovalEscalatedV1 } from './approval/approval-escalated.v1.js';
export type { ApprovalNotifiedV1 } from './approval/approval-notified.v1.js';
export type { ApprovalPreviewedV1 } from './approval/approval-previewed.v1.js';
export type { ApprovalRemindedV1 } from './approval/approval-reminded.v1.js';
export type { ApprovalWithdrawnV1 } from './approval/approval-withdrawn.v1.js';
export type { BallotRefusedV1 } from './approval/ballot-refused.v1.js';
export type { StandingEndedV1 } from './approval/standing-ended.v1.js';
export type { ConsentGivenV1 } from './approval/consent-given.v1.js';
export type { ReadinessSignedV1 } from './approval/readiness-signed.v1.js';
export type { DelegationGivenV1 } from './approval/delegation-given.v1.js';
export type { EscalationCalledV1 } from './approval/escalation-called.v1.js';
export type { StandingWithdrawnV1 } from './approval/standing-withdrawn.v1.js';
export type { ActionDivergedV1 } from './execution/action-diverged.v1.js';
export type { ActionFailedV1 } from './execution/action-failed.v1.js';
export type { ActionPreviewedV1 } from './execution/action-previewed.v1.js';
export type { ActionSucceededV1 } from './execution/action-succeeded.v1.js';
export type { ActionUnknownV1 } from './execution/action-unknown.v1.js';
export type { ActionVerifiedV1 } from './execution/action-verified.v1.js';
export type { AttemptStartedV1 } from './execution/attempt-started.v1.js';
export type { BreakerClosedV1 } from './execution/breaker-closed.v1.js';
export type { BreakerOpenedV1 } from './execution/breaker-opened.v1.js';
export type { GrantRefusedV1 } from './execution/grant-refused.v1.js';
export type { PreviewStartedV1 } from './execution/preview-started.v1.js';
export type { AnswerPressedV1 } from './approval/answer-pressed.v1.js';
export type { PressRefusedV1 } from './approval/press-refused.v1.js';
export type { CardChangedV1 } from './card/card-changed.v1.js';
export type { CardFailedV1 } from './card/card-failed.v1.js';
export type { CardInputOpenedV1 } from './card/card-input-opened.v1.js';
export type { CardOpenedV1 } from './card/card-opened.v1.js';
export type { CardShownV1 } from './card/card-shown.v1.js';
export type { VoterToldV1 } from './card/voter-told.v1.js';
export type { CheckpointPublishedV1 } from './ledger/checkpoint-published.v1.js';
export type { LedgerAlarmV1 } from './ledger/ledger-alarm.v1.js';
export type { ApproversPublishedV1 } from './control/approvers-published.v1.js';
export type { ConfigActivatedV1 } from './control/config-activated.v1.js';
export type { ContractPublishedV1 } from './control/contract-published.v1.js';
export type { DlqRedrivenV1 } from './control/dlq-redriven.v1.js';
export type { LogEndedV1 } from './control/log-ended.v1.js';
export type { KeyAnnouncedV1 } from './control/key-announced.v1.js';
export type { KeyRetiredV1 } from './control/key-retired.v1.js';
export type { KillSwitchLiftedV1 } from './control/kill-switch-lifted.v1.js';
export type { KillSwitchSetV1 } from './control/kill-switch-set.v1.js';
export type { ModeChangedV1 } from './control/mode-changed.v1.js';
export type { PlaybookPublishedV1 } from './control/playbook-published.v1.js';
export type { TenantPublishedV1 } from './control/tenant-published.v1.js';
export type { WebhookPublishedV1 } from './control/webhook-published.v1.js';
export type { PolicyPublishedV1 } from './control/policy-published.v1.js';
export type { ToolPublishedV1 } from './control/tool-published.v1.js';
