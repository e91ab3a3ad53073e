/**
 * The classes themselves and their samples, for what builds on the declarations: generators and tests. A running service
 * needs none of it, and does not load class-validator for the events (`@countersign/contracts` has their types).
 */
export { CATALOGUE } from './catalogue.js';
export { CLAIM_SAMPLE, ClaimV1 } from './claim.v1.js';
export { defineEvent } from './define-event.js';
export { Action } from './values/action.js';
export { ConfigFile } from './values/config-file.js';
export { BlobRef, ConfigRef, Cost, EventSet, Fault, Reason, RunResult, SideEffect, SignedVote } from './values/parts.js';
export { ActivatedFile } from './control/config-activated.v1.js';
export { TaskSubmittedV1, taskSubmittedV1 } from './task/task-submitted.v1.js';
export { TaskAcceptedV1, taskAcceptedV1 } from './outcome/task-accepted.v1.js';
export { TaskFinishedV1, taskFinishedV1 } from './outcome/task-finished.v1.js';
export { TaskRefusedV1, taskRefusedV1 } from './outcome/task-refused.v1.js';
export { ActionProposedV1, actionProposedV1 } from './proposal/action-proposed.v1.js';
export { ProposalRejectedV1, proposalRejectedV1 } from './proposal/proposal-rejected.v1.js';
export { RunClosedV1, runClosedV1 } from './proposal/run-closed.v1.js';
export { RunStartedV1, runStartedV1 } from './proposal/run-started.v1.js';
export { StepObservedV1, stepObservedV1 } from './proposal/step-observed.v1.js';
export { ActionAllowedV1, actionAllowedV1 } from './decision/action-allowed.v1.js';
export { ActionDeniedV1, actionDeniedV1 } from './decision/action-denied.v1.js';
export { ApprovalRequiredV1, approvalRequiredV1 } from './decision/approval-required.v1.js';
export { BudgetSettledV1, budgetSettledV1 } from './decision/budget-settled.v1.js';
export { DecisionLapsedV1, decisionLapsedV1 } from './decision/decision-lapsed.v1.js';
export { ApprovalExpiredV1, approvalExpiredV1 } from './approval/approval-expired.v1.js';
export { ApprovalGrantedV1, approvalGrantedV1 } from './approval/approval-granted.v1.js';
export { ApprovalRejectedV1, approvalRejectedV1 } from './approval/approval-rejected.v1.js';
export { ApprovalRequestedV1, approvalRequestedV1 } from './approval/approval-requested.v1.js';
export { ApprovalVoteCastV1, approvalVoteCastV1 } from './approval/approval-vote-cast.v1.js';
export { BallotCastV1, ballotCastV1 } from './approval/ballot-cast.v1.js';
export { ActionDivergedV1, actionDivergedV1 } from './execution/action-diverged.v1.js';
export { ActionFailedV1, actionFailedV1 } from './execution/action-failed.v1.js';
export { ActionSucceededV1, actionSucceededV1 } from './execution/action-succeeded.v1.js';
export { ActionUnknownV1, actionUnknownV1 } from './execution/action-unknown.v1.js';
export { ActionVerifiedV1, actionVerifiedV1 } from './execution/action-verified.v1.js';
export { AttemptStartedV1, attemptStartedV1 } from './execution/attempt-started.v1.js';
export { GrantRefusedV1, grantRefusedV1 } from './execution/grant-refused.v1.js';
export { LedgerAlarmV1, ledgerAlarmV1 } from './ledger/ledger-alarm.v1.js';
export { ApproversPublishedV1, approversPublishedV1 } from './control/approvers-published.v1.js';
export { ConfigActivatedV1, configActivatedV1 } from './control/config-activated.v1.js';
export { ContractPublishedV1, contractPublishedV1 } from './control/contract-published.v1.js';
export { DlqRedrivenV1, dlqRedrivenV1 } from './control/dlq-redriven.v1.js';
export { KeyAnnouncedV1, keyAnnouncedV1 } from './control/key-announced.v1.js';
export { KeyRetiredV1, keyRetiredV1 } from './control/key-retired.v1.js';
export { PlaybookPublishedV1, playbookPublishedV1 } from './control/playbook-published.v1.js';
export { PolicyPublishedV1, policyPublishedV1 } from './control/policy-published.v1.js';
export { ToolPublishedV1, toolPublishedV1 } from './control/tool-published.v1.js';
