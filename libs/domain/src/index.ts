export { DEFAULT_ESCALATION_REASONS, DEFAULT_FALLBACKS, DEFAULT_MAX_STEPS, DEFAULT_REPEATS, DEFAULT_TIME_ZONE, ON_BUDGET_EXCEEDED, ON_ERROR_RATE, STAGES } from './config/agent-contract.js';
export type { AgentContract, Budgets, ContextFact, Escalation, Fallbacks, Limits, OnBudgetExceeded, OnErrorRate, RunLimits, RunTimeouts, Stage } from './config/agent-contract.js';
export type { WebhookDocument } from './config/webhook-document.js';
export type { TenantDocument } from './config/tenant-document.js';
export { SLACK_MAX_TIER } from './config/approver-directory.js';
export type { Approver, ApproverDirectory } from './config/approver-directory.js';
export type { DocumentFault, DocumentReader, DocumentReading, Documents, Pinned } from './config/document.js';
export { schemaAt } from './config/schema-types.js';
export { MAX_PLAYBOOK_STEPS } from './config/playbook.js';
export type { Condition, Playbook, PlaybookStep, ValueSource, ValueTest } from './config/playbook.js';
export { DEFAULT_APPROVAL_HOURS, DEFAULT_QUORUM, DEFAULT_TIER, FACT_KEYS, GROUPS_QUORUM, GROUPS_TIER, MAX_QUORUM, SCOPE_KEYS, STEP_UP_TIER, TOLD_TIER } from './config/policy-file.js';
export type { PolicyEffect, PolicyFile, PolicyRule } from './config/policy-file.js';
export { ENCODINGS, METHODS, RESERVED_PLACEHOLDERS } from './config/request-template.js';
export type { Matcher, Method, RequestTemplate, Template } from './config/request-template.js';
export {
  ADAPTERS,
  ATTRIBUTE_UNITS,
  DATA_CLASSES,
  DEFAULT_ATTEMPTS,
  DEFAULT_MAX_RESULT_BYTES,
  fileIdOf,
  MAX_ATTEMPTS,
  MAX_CONCURRENCY,
  MAX_PAGES,
  MAX_TOOL_TIMEOUT_SECONDS,
  RESULT_TRUST,
  RISKS,
} from './config/tool-contract.js';
export type { Adapter, AttributeUnit, Compensation, DataClass, DestinationArgument, Idempotency, Invariant, Pages, ChangeTemplate, ChangeValue, PolicyAttribute, PreviewSource, Rate, ReadBack, ResultTrust, Risk, ToolContract, UndoSource, Vouched } from './config/tool-contract.js';
export type { ActiveWebhook, ControlState, PolicySet } from './control/control-state.js';
export { fitting, MAX_VOTE_BYTES } from './room.js';
export type { LateOutput, Output } from './output.js';
export { consentFault } from './approval/consent.js';
export { approverInSlack, slackFault, slackKeysAt, slackName, slackTierOf } from './approval/in-slack.js';
export type { SlackKeys } from './approval/in-slack.js';
export { clashOf, rolesFor, stepUpFault, voiceFault } from './approval/voice.js';
export type { Asked, Voice } from './approval/voice.js';
export { ALARMING_REFUSALS, MAX_CONSENT, MAX_DELEGATION } from './approval/constants.js';
export { BUILT_IN_RULES, type BuiltInRule } from './decision/built-in-rules.js';
export type { DecisionContext, QuestionContext } from './decision/decision-context.js';
export { destinationPattern, destinationPatternFault, matchesDestination } from './decision/destination-pattern.js';
export { ASKED_ORIGINS, FINDINGS, MODES, ORIGINS, TAINTS } from './decision/facts.js';
export type { Destination, Facts, Finding, Origin, Taint } from './decision/facts.js';
export type { Notice, Question, Verdict, Vote } from './decision/verdict.js';
export type { CallOutcome, ExecutionContext, ExecutionWork, GrantCheck, PreviewOutcome, ReadBackOutcome } from './execution/execution-context.js';
export type { PlanContext } from './run/plan-context.js';
export { isScanned, leaves, reachesOut, tellsDestinations } from './config/leaving.js';
export { checkConfiguration } from './config/check-configuration.js';
export type { ConfigurationFiles, ConfigurationReader } from './config/check-configuration.js';
export { activate } from './control/activate.js';
export { evolveControls } from './control/evolve-controls.js';
export { initialControls } from './control/initial-controls.js';
export { endedLog, endFault, logEpochOf, type EndedLog, type LogEpoch } from './control/log-epoch.js';
export {
  approverOf,
  authorsFor,
  contractAccepting,
  contractByHash,
  contractFor,
  keyAt,
  newestKeyOf,
  policySetOf,
  tenantsOf,
  toolByHash,
  toolNamed,
} from './control/lookups.js';
export { narrows, scopeOf, STOP_CONTROLS } from './control/evolve-stops.js';
export type { StopControl } from './control/evolve-stops.js';
export { isHeldBy, isScope, modeOver, NO_STOPS, scopeCovers, scopeKey, scopeText, standingStops } from './control/stops.js';
export type { KillSwitch, ModeSetting, Scope } from './control/stops.js';
export { limitsIn } from './control/allotments.js';
export { filesOfConfiguration } from './control/policy-set.js';
export { widenings } from './control/widening/widenings.js';
export { narrowsSchema } from './control/widening/narrows-schema.js';
export { wideningText } from './control/widening/widening.js';
export type { Widening } from './control/widening/widening.js';
export { manifestHash, sortFiles } from './control/manifest-hash.js';
export { previewHashOf } from './preview-hash.js';
export { actionHashOf } from './action-hash.js';
export { isAmong } from './event-type.js';
export { EFFECT_UNKNOWN, FORGOTTEN_KEY, GRANT_EXPIRED, isDecidedAnew, KEY_WRONG, KILLED, PREVIEW_CHANGED } from './reason-codes.js';
export { MAX_CLOCK_SKEW } from './decision/constants.js';
export { holds } from './run/condition.js';
export { MAX_RUN_TIMEOUT, MIN_RUN_TIMEOUT, NEWEST_TASK, OLDEST_TASK, TASK_MEMORY } from './run/constants.js';
export { MAX_UNDO_WINDOW, UNDO_SOURCE } from './undo/constants.js';
export { undoStepOf } from './undo/undo.js';
export { isAgain, rightsFault, rolesThatAnswer } from './run/answer-rights.js';
export type { AnswerFault, Questioned } from './run/answer-rights.js';
export { answerInSlackFault, areAnswersTaken, isSaidInSlack } from './run/in-slack.js';
export { givenValue } from './run/given-value.js';
export { CHOICES, hashOfQuestion } from './run/question.js';
export { decideRun, dueRuns, nextRunDeadline } from './run/decide-run.js';
export { dependenciesOf, stepsUsedBy } from './run/dependencies.js';
export { evolveRuns, initialRuns } from './run/evolve-runs.js';
export { freezeRuns, thawRuns } from './run/freeze-runs.js';
export { argumentsOf } from './run/propose-step.js';
export { runOfTask, undoRunOf } from './run/run-of-task.js';
export type { PlannerState, StepState } from './run/run-state.js';
export type { Sources } from './run/value-source.js';
export type { RunContext } from './context/run-context.js';
export { vouchedKey } from './context/run-context.js';
export { observeResult } from './context/decide-context.js';
export { markFaults } from './context/mark-faults.js';
export { ClassedFields } from './context/classed-fields.js';
export { marksAny, marksOf, mayBeOfOthers } from './context/schema-marks.js';
export { isPrivacyPath, PRIVACY_PATHS } from './execution/privacy.js';
export type { PrivacyPath } from './execution/privacy.js';
export { clearAt, mayHaveToBeSealed, replaceClassed, sealsAt } from './context/classed.js';
export { withoutWithheld } from './context/withheld.js';
export { consider, trustDomainOf } from './decision/consider.js';
export type { Consideration } from './decision/consider.js';
export { decideAction, decideDue, needsToken } from './decision/decide-action.js';
export { dueDecision, nextDecision } from './decision/due-decisions.js';
export type { Case, DecisionState } from './decision/decision-state.js';
export { evolveDecisions, initialDecisions } from './decision/evolve-decisions.js';
export { freezeDecisions, thawDecisions } from './decision/freeze-decisions.js';
export type { ApprovalState } from './approval/approval-state.js';
export { decideApproval } from './approval/decide-approval.js';
export { dueApprovals, nextApprovalDeadline } from './approval/stages.js';
export { evolveApprovals, freezeApprovals, initialApprovals, thawApprovals } from './approval/evolve-approvals.js';
export { ANSWER_INVALID, INTERRUPTED, READ_BACK_WAITS, REPEATED_TIER } from './execution/constants.js';
export { decidePreview, decidePreviewGrant, previewOf } from './execution/decide-preview.js';
export { isTurnedAway } from './execution/classify-call.js';
export { decideCall } from './execution/decide-call.js';
export { decideGrant } from './execution/decide-grant.js';
export { decideReadBack } from './execution/decide-read-back.js';
export { evolveExecutions, freezeExecutions, initialExecutions, thawExecutions } from './execution/evolve-executions.js';
export type { ExecutionState } from './execution/execution-state.js';
export { stopCheck } from './execution/stopped.js';
export { openExecutionWork, workForExecution } from './execution/work.js';
export { STEP_ENDINGS } from './run/step-end.js';
export { AMOUNTS } from './budget/amounts.js';
export { capOf, LIMIT_OF, SUMS } from './budget/sums.js';
export type { Sum } from './budget/sums.js';
export { reservationOf } from './budget/reservation.js';
export type { Charged } from './budget/reservation.js';
export { NO_TALLY, noRunSpending, workflowKey } from './budget/spending.js';
export type { Periods, PeriodsOf } from './budget/periods.js';
export type { Tally } from './budget/spending.js';
export { GRANT_ENDINGS } from './decision/settlement.js';
export { isInputCard } from './card/card-state.js';
export type { ApprovalCard, Card, CardNote, CardState, CardVote, InputCard } from './card/card-state.js';
export { decideShown, openCardWork, SLACK_CALL_DEADLINE, workForCard } from './card/card-work.js';
export type { CardOutcome, CardWork, ShowWork, TellWork } from './card/card-work.js';
export { CARD_INPUTS, decideCard } from './card/decide-card.js';
export type { CardContext } from './card/card-facts.js';
export { evolveCards, freezeCards, initialCards, thawCards } from './card/evolve-cards.js';
