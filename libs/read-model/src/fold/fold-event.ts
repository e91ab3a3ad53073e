import type { ConfigFile, ConfigKind, Event } from '@countersign/contracts';
import { canonicalJson, exhaustive } from '@countersign/kernel';
import type { ProjectedRecord } from '../projected-event.js';
import type { Place } from '../tables.js';
import { actionAllowed, actionDenied, actionDone, actionFailed, actionProposed, actionUnknown, approvalRequired, attemptStarted, decisionDeferred, decisionLapsed, grantRefused, proposalRejected, stepObserved } from './fold-actions.js';
import { approvalDecided, approvalEscalated, approvalPreviewed, approvalRequested, consentGiven, delegationGiven, standingEnded, voteCast } from './fold-approvals.js';
import { inputChanged, inputEnded, inputRequested } from './fold-escalations.js';
import { runClosed, runStarted, taskSubmitted } from './fold-runs.js';
import type { Patch } from './patch.js';

const published = (kind: ConfigKind, { id, hash, version, path, body }: ConfigFile): readonly Patch[] => [
  { table: 'config_files', row: { kind, id, hash, version, path, body: canonicalJson(body) } },
];

/** What an event says about the rows of the model. Total; `at` is Kafka's timestamp in milliseconds. */
export const foldEvent = (event: Event, at: number, place: Place): readonly Patch[] => {
  switch (event.type) {
    case 'countersign.task.submitted':
      return taskSubmitted(event, at);
    case 'countersign.run.started':
      return runStarted(event, at);
    case 'countersign.run.input-requested':
      return inputRequested(event, at, place);
    case 'countersign.run.input-claimed':
    case 'countersign.run.input-reminded':
    case 'countersign.run.input-escalated':
      return inputChanged(event, at);
    case 'countersign.run.input-answered':
    case 'countersign.run.input-expired':
      return inputEnded(event, at);
    case 'countersign.run.closed':
      return runClosed(event, at);
    case 'countersign.action.proposed':
      return actionProposed(event, at);
    case 'countersign.proposal.rejected':
      return proposalRejected(event, at);
    case 'countersign.step.observed':
      return stepObserved(event, at);
    case 'countersign.action.allowed':
      return actionAllowed(event, at);
    case 'countersign.action.denied':
      return actionDenied(event, at);
    case 'countersign.approval.required':
      return approvalRequired(event, at);
    case 'countersign.decision.deferred':
      return decisionDeferred(event, at);
    case 'countersign.decision.lapsed':
      return decisionLapsed(event, at);
    case 'countersign.approval.requested':
      return approvalRequested(event, at, place);
    case 'countersign.approval.previewed':
      return approvalPreviewed(event);
    case 'countersign.approval.vote-cast':
      return voteCast(event, at);
    case 'countersign.approval.granted':
    case 'countersign.approval.rejected':
    case 'countersign.approval.expired':
    case 'countersign.approval.withdrawn':
      return approvalDecided(event, at);
    case 'countersign.approval.escalated':
      return approvalEscalated(event, at);
    case 'countersign.approval.delegated':
      return delegationGiven(event, at);
    case 'countersign.approval.consented':
      return consentGiven(event, at);
    case 'countersign.approval.standing-ended':
      return standingEnded(event, at);
    case 'countersign.attempt.started':
      return attemptStarted(event, at);
    case 'countersign.action.succeeded':
    case 'countersign.action.verified':
    case 'countersign.action.diverged':
      return actionDone(event, at);
    case 'countersign.action.failed':
      return actionFailed(event, at);
    case 'countersign.action.unknown':
      return actionUnknown(event, at);
    case 'countersign.grant.refused':
      return grantRefused(event, at);
    case 'countersign.contract.published':
      return published('contract', event.data);
    case 'countersign.tool.published':
      return published('tool', event.data);
    case 'countersign.policy.published':
      return published('policy', event.data);
    case 'countersign.playbook.published':
      return published('playbook', event.data);
    case 'countersign.approvers.published':
      return published('approvers', event.data);
    case 'countersign.tenant.published':
      return published('tenant', event.data);
    case 'countersign.webhook.published':
      return published('webhook', event.data);
    // Nothing but the event itself is kept of these.
    case 'countersign.undo.ordered':
    case 'countersign.task.answered':
    case 'countersign.task.claimed':
    case 'countersign.run.answer-refused':
    case 'countersign.task.accepted':
    case 'countersign.task.refused':
    case 'countersign.task.finished':
    // Approvals says what of it people are shown.
    case 'countersign.preview.started':
    case 'countersign.action.previewed':
    case 'countersign.breaker.opened':
    case 'countersign.breaker.closed':
    case 'countersign.budget.settled':
    case 'countersign.budget.exhausted':
    case 'countersign.workflow.degraded':
    case 'countersign.context.opened':
    case 'countersign.context.observed':
    case 'countersign.context.answered':
    case 'countersign.context.closed':
    case 'countersign.ballot.cast':
    case 'countersign.escalation.called':
    case 'countersign.delegation.given':
    case 'countersign.consent.given':
    case 'countersign.standing.withdrawn':
    case 'countersign.readiness.signed':
    case 'countersign.approval.reminded':
    case 'countersign.approval.notified':
    case 'countersign.approval.ballot-refused':
    case 'countersign.press.refused':
    case 'countersign.answer.pressed':
    case 'countersign.card.opened':
    case 'countersign.card.input-opened':
    case 'countersign.card.changed':
    case 'countersign.card.shown':
    case 'countersign.card.failed':
    case 'countersign.voter.told':
    case 'countersign.ledger.accessed':
    case 'countersign.key.shredded':
    case 'countersign.retention.applied':
    case 'countersign.ledger.alarm':
    case 'countersign.checkpoint.published':
    case 'countersign.config.activated':
    case 'countersign.dlq.redriven':
    case 'countersign.log.ended':
    case 'countersign.key.announced':
    case 'countersign.key.retired':
    case 'countersign.kill-switch.set':
    case 'countersign.kill-switch.lifted':
    case 'countersign.mode.changed':
      return [];
    default:
      return exhaustive(event);
  }
};

/** What a record says about the rows of the model; nothing where it is not ours. */
export const patchesOf = (record: ProjectedRecord): readonly Patch[] => (record.known ? foldEvent(record.known.event, record.timestamp, record) : []);
