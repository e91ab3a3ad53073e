import type { DataOf } from './define-event.js';
import type { Envelope } from './envelope.js';
import { taskSubmittedV1 } from './task/task-submitted.v1.js';
import { taskClaimedV1 } from './task/task-claimed.v1.js';
import { taskAnsweredV1 } from './task/task-answered.v1.js';
import { undoOrderedV1 } from './task/undo-ordered.v1.js';
import { taskAcceptedV1 } from './outcome/task-accepted.v1.js';
import { taskFinishedV1 } from './outcome/task-finished.v1.js';
import { taskRefusedV1 } from './outcome/task-refused.v1.js';
import { actionProposedV1 } from './proposal/action-proposed.v1.js';
import { proposalRejectedV1 } from './proposal/proposal-rejected.v1.js';
import { runClosedV1 } from './proposal/run-closed.v1.js';
import { runInputRequestedV1 } from './proposal/run-input-requested.v1.js';
import { answerRefusedV1 } from './proposal/answer-refused.v1.js';
import { runInputExpiredV1 } from './proposal/run-input-expired.v1.js';
import { runInputEscalatedV1 } from './proposal/run-input-escalated.v1.js';
import { runInputRemindedV1 } from './proposal/run-input-reminded.v1.js';
import { runInputClaimedV1 } from './proposal/run-input-claimed.v1.js';
import { runInputAnsweredV1 } from './proposal/run-input-answered.v1.js';
import { runStartedV1 } from './proposal/run-started.v1.js';
import { stepObservedV1 } from './proposal/step-observed.v1.js';
import { actionAllowedV1 } from './decision/action-allowed.v1.js';
import { actionDeniedV1 } from './decision/action-denied.v1.js';
import { approvalRequiredV1 } from './decision/approval-required.v1.js';
import { budgetExhaustedV1 } from './decision/budget-exhausted.v1.js';
import { budgetSettledV1 } from './decision/budget-settled.v1.js';
import { contextClosedV1 } from './decision/context-closed.v1.js';
import { contextObservedV1 } from './decision/context-observed.v1.js';
import { contextAnsweredV1 } from './decision/context-answered.v1.js';
import { contextOpenedV1 } from './decision/context-opened.v1.js';
import { decisionDeferredV1 } from './decision/decision-deferred.v1.js';
import { decisionLapsedV1 } from './decision/decision-lapsed.v1.js';
import { workflowDegradedV1 } from './decision/workflow-degraded.v1.js';
import { approvalExpiredV1 } from './approval/approval-expired.v1.js';
import { approvalGrantedV1 } from './approval/approval-granted.v1.js';
import { approvalRejectedV1 } from './approval/approval-rejected.v1.js';
import { approvalRequestedV1 } from './approval/approval-requested.v1.js';
import { approvalVoteCastV1 } from './approval/approval-vote-cast.v1.js';
import { ballotCastV1 } from './approval/ballot-cast.v1.js';
import { approvalDelegatedV1 } from './approval/approval-delegated.v1.js';
import { approvalConsentedV1 } from './approval/approval-consented.v1.js';
import { approvalEscalatedV1 } from './approval/approval-escalated.v1.js';
import { approvalNotifiedV1 } from './approval/approval-notified.v1.js';
import { approvalRemindedV1 } from './approval/approval-reminded.v1.js';
import { approvalWithdrawnV1 } from './approval/approval-withdrawn.v1.js';
import { ballotRefusedV1 } from './approval/ballot-refused.v1.js';
import { standingEndedV1 } from './approval/standing-ended.v1.js';
import { consentGivenV1 } from './approval/consent-given.v1.js';
import { delegationGivenV1 } from './approval/delegation-given.v1.js';
import { escalationCalledV1 } from './approval/escalation-called.v1.js';
import { standingWithdrawnV1 } from './approval/standing-withdrawn.v1.js';
import { approvalPreviewedV1 } from './approval/approval-previewed.v1.js';
import { actionDivergedV1 } from './execution/action-diverged.v1.js';
import { actionFailedV1 } from './execution/action-failed.v1.js';
import { actionPreviewedV1 } from './execution/action-previewed.v1.js';
import { actionSucceededV1 } from './execution/action-succeeded.v1.js';
import { actionUnknownV1 } from './execution/action-unknown.v1.js';
import { actionVerifiedV1 } from './execution/action-verified.v1.js';
import { attemptStartedV1 } from './execution/attempt-started.v1.js';
import { breakerClosedV1 } from './execution/breaker-closed.v1.js';
import { breakerOpenedV1 } from './execution/breaker-opened.v1.js';
import { grantRefusedV1 } from './execution/grant-refused.v1.js';
import { previewStartedV1 } from './execution/preview-started.v1.js';
import { cardChangedV1 } from './card/card-changed.v1.js';
import { cardFailedV1 } from './card/card-failed.v1.js';
import { cardInputOpenedV1 } from './card/card-input-opened.v1.js';
import { cardOpenedV1 } from './card/card-opened.v1.js';
import { cardShownV1 } from './card/card-shown.v1.js';
import { voterToldV1 } from './card/voter-told.v1.js';
import { answerPressedV1 } from './approval/answer-pressed.v1.js';
import { readinessSignedV1 } from './approval/readiness-signed.v1.js';
import { pressRefusedV1 } from './approval/press-refused.v1.js';
import { checkpointPublishedV1 } from './ledger/checkpoint-published.v1.js';
import { keyShreddedV1 } from './ledger/key-shredded.v1.js';
import { ledgerAccessedV1 } from './ledger/ledger-accessed.v1.js';
import { ledgerAlarmV1 } from './ledger/ledger-alarm.v1.js';
import { retentionAppliedV1 } from './ledger/retention-applied.v1.js';
import { approversPublishedV1 } from './control/approvers-published.v1.js';
import { configActivatedV1 } from './control/config-activated.v1.js';
import { contractPublishedV1 } from './control/contract-published.v1.js';
import { dlqRedrivenV1 } from './control/dlq-redriven.v1.js';
import { logEndedV1 } from './control/log-ended.v1.js';
import { keyAnnouncedV1 } from './control/key-announced.v1.js';
import { keyRetiredV1 } from './control/key-retired.v1.js';
import { killSwitchLiftedV1 } from './control/kill-switch-lifted.v1.js';
import { killSwitchSetV1 } from './control/kill-switch-set.v1.js';
import { modeChangedV1 } from './control/mode-changed.v1.js';
import { playbookPublishedV1 } from './control/playbook-published.v1.js';
import { policyPublishedV1 } from './control/policy-published.v1.js';
import { tenantPublishedV1 } from './control/tenant-published.v1.js';
import { webhookPublishedV1 } from './control/webhook-published.v1.js';
import { toolPublishedV1 } from './control/tool-published.v1.js';

/**
 * Every published version of every event, in the order of the flow. Loading it loads class-validator (100 ms):
 * the codec runs on what is generated from it, see published.ts.
 */
export const CATALOGUE = [
  taskSubmittedV1,
  taskClaimedV1,
  taskAnsweredV1,
  undoOrderedV1,
  taskAcceptedV1,
  taskFinishedV1,
  taskRefusedV1,
  actionProposedV1,
  proposalRejectedV1,
  runClosedV1,
  runInputRequestedV1,
  answerRefusedV1,
  runInputExpiredV1,
  runInputEscalatedV1,
  runInputRemindedV1,
  runInputClaimedV1,
  runInputAnsweredV1,
  runStartedV1,
  stepObservedV1,
  actionAllowedV1,
  actionDeniedV1,
  approvalRequiredV1,
  budgetExhaustedV1,
  budgetSettledV1,
  contextClosedV1,
  contextObservedV1,
  contextAnsweredV1,
  contextOpenedV1,
  decisionDeferredV1,
  decisionLapsedV1,
  workflowDegradedV1,
  approvalExpiredV1,
  approvalGrantedV1,
  approvalRejectedV1,
  approvalRequestedV1,
  approvalVoteCastV1,
  ballotCastV1,
  approvalDelegatedV1,
  approvalConsentedV1,
  approvalEscalatedV1,
  approvalNotifiedV1,
  approvalPreviewedV1,
  approvalRemindedV1,
  approvalWithdrawnV1,
  ballotRefusedV1,
  standingEndedV1,
  consentGivenV1,
  delegationGivenV1,
  escalationCalledV1,
  standingWithdrawnV1,
  readinessSignedV1,
  pressRefusedV1,
  answerPressedV1,
  actionDivergedV1,
  actionFailedV1,
  actionPreviewedV1,
  actionSucceededV1,
  actionUnknownV1,
  actionVerifiedV1,
  attemptStartedV1,
  breakerClosedV1,
  breakerOpenedV1,
  grantRefusedV1,
  previewStartedV1,
  cardOpenedV1,
  cardInputOpenedV1,
  cardChangedV1,
  cardShownV1,
  cardFailedV1,
  voterToldV1,
  ledgerAccessedV1,
  keyShreddedV1,
  retentionAppliedV1,
  ledgerAlarmV1,
  checkpointPublishedV1,
  approversPublishedV1,
  configActivatedV1,
  contractPublishedV1,
  dlqRedrivenV1,
  logEndedV1,
  keyAnnouncedV1,
  keyRetiredV1,
  killSwitchLiftedV1,
  killSwitchSetV1,
  modeChangedV1,
  playbookPublishedV1,
  policyPublishedV1,
  tenantPublishedV1,
  webhookPublishedV1,
  toolPublishedV1,
] as const;

type Definition = (typeof CATALOGUE)[number];
export type EventType = Definition['type'];

/** The newest payload of a type: what deciders see. */
export type EventData<Type extends EventType> = DataOf<Extract<Definition, { readonly type: Type }>>;

/** An event of a type, or of any type: a union that `switch (event.type)` takes apart. */
export type Event<Type extends EventType = EventType> = { [T in Type]: Envelope<T, EventData<T>> }[Type];
