import { scopeText } from '@countersign/domain';
import { exhaustive, formatUsd, microUsd } from '@countersign/kernel';
import type { Event, EventData, Reason, SlackUser } from '@countersign/contracts';
import { previewLine } from '../approvals/preview-text.js';
import { shortHash, shortId, who } from '../terminal/short.js';

const reasonsText = (reasons: readonly Reason[]): string => reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ');

const taintText = ({ untrusted, sensitive }: { readonly untrusted: boolean; readonly sensitive: boolean }): string => [untrusted && 'untrusted', sensitive && 'sensitive'].filter(Boolean).join(', ');

/** Amounts as people read them. */
const exhaustedText = ({ limit, period, used, reserved, cap, then }: EventData<'countersign.budget.exhausted'>): string => {
  const amount = (value: number): string => (limit === 'usd' ? `$${formatUsd(microUsd(value))}` : String(value));
  return `${limit} of ${period ?? 'the run'}: ${amount(used)} used, ${amount(reserved)} reserved of ${amount(cap)}; ${then}`;
};

const slackUser = ({ team, user }: SlackUser): string => `${team}/${user}`;

/** What an event says, in a few words and without arguments or results. Texts of strangers are in it as they are. */
export const summaryOf = (event: Event): string => {
  switch (event.type) {
    case 'countersign.task.submitted':
      return `${event.data.task} from ${event.data.source}`;
    case 'countersign.task.accepted':
      return event.data.task;
    case 'countersign.task.refused':
      return `${event.data.task ?? '?'}: ${event.data.code}: ${event.data.message}`;
    case 'countersign.task.finished':
    case 'countersign.run.closed':
      return `${event.data.task}: ${event.data.outcome}, ${event.data.reason}`;
    case 'countersign.run.started':
      return `${event.data.task} by ${event.data.contract.id} v${event.data.contract.version}`;
    case 'countersign.undo.ordered':
      return `${event.data.undoes.step} of ${shortId(event.data.undoes.run)} by ${who(event.data.by)}: ${event.data.reason}`;
    case 'countersign.action.proposed':
      return `${event.data.action.tool} (${event.data.effect})`;
    case 'countersign.proposal.rejected':
      return `${event.data.code}: ${event.data.message}`;
    case 'countersign.run.input-requested':
      return `${shortId(event.data.escalation)} ${event.data.reason} to ${event.data.role}: ${event.data.message}`;
    case 'countersign.run.input-claimed':
      return `${shortId(event.data.escalation)} by ${who(event.data.by)} until ${event.data.until}`;
    case 'countersign.run.input-reminded':
      return `${shortId(event.data.escalation)}, open until ${event.data.deadline}`;
    case 'countersign.run.input-escalated':
      return `${shortId(event.data.escalation)} to ${event.data.to.join(', ')}`;
    case 'countersign.run.input-expired':
      return `${shortId(event.data.escalation)}, nobody answered`;
    case 'countersign.run.input-answered':
    case 'countersign.task.answered':
      return `${shortId(event.data.escalation)}: ${event.data.choice} by ${who(event.data.by)}: ${event.data.reason}`;
    case 'countersign.task.claimed':
      return `${shortId(event.data.escalation)} by ${who(event.data.by)}: ${event.data.reason}`;
    case 'countersign.run.answer-refused':
      return `of ${who(event.data.by)}: ${event.data.code}: ${event.data.message}`;
    case 'countersign.context.answered':
      return `${shortId(event.data.escalation)} by ${who(event.data.by)}${event.data.again ? ', the step may be done once more' : ''}`;
    case 'countersign.step.observed':
      return event.data.outcome;
    case 'countersign.action.allowed':
      return `${event.data.action.tool} by ${event.data.rules.join(', ')}${event.data.votes.length > 0 ? ` with ${event.data.votes.length} of ${event.data.quorum} votes` : ''}`;
    case 'countersign.action.denied':
      return `${event.data.action.tool}: ${reasonsText(event.data.reasons)}`;
    case 'countersign.approval.required':
      return `${event.data.action.tool}: ${reasonsText(event.data.reasons)}`;
    case 'countersign.decision.deferred':
      return `${event.data.action.tool} waits ${event.data.at === undefined ? `for ${event.data.stop ? `the mode of ${scopeText(event.data.stop)}` : 'the outcome of an earlier action'}` : `until ${event.data.at}`}`;
    case 'countersign.decision.lapsed':
      return `${event.data.reason}: ${event.data.message}`;
    case 'countersign.budget.settled':
      return event.data.outcome;
    case 'countersign.budget.exhausted':
      return exhaustedText(event.data);
    case 'countersign.workflow.degraded':
      return `${event.data.scope === 'run' ? 'the run' : (event.data.period ?? 'until it is restored')}: ${event.data.to} for ${event.data.tool ?? event.data.limit}`;
    case 'countersign.context.opened':
      return taintText(event.data) || 'nothing from outside';
    case 'countersign.context.observed':
      return `${event.data.tool}: ${[taintText(event.data), event.data.vouched.length > 0 && `vouches for ${event.data.vouched.length}`, ...event.data.facts.map(({ name }) => name), event.data.undo && `${event.data.undo.tool} would undo it`].filter(Boolean).join(', ')}`;
    case 'countersign.context.closed':
      return event.data.outcome;
    case 'countersign.approval.requested':
      return `${shortId(event.data.approval)} asks ${event.data.confirmation ? `only ${who(event.data.sub)}` : `${event.data.quorum} of ${event.data.roles.join(' or ') || 'any approver'}`}`;
    case 'countersign.approval.previewed':
    case 'countersign.action.previewed':
      return `${shortId(event.data.approval)}: ${previewLine(event.data) ?? ''}`;
    case 'countersign.preview.started':
      return `${shortId(event.data.approval)}: asks \`${event.data.tool}\` what it would do`;
    case 'countersign.approval.vote-cast':
    case 'countersign.ballot.cast':
      return `${shortId(event.data.approval)}: ${event.data.choice} by ${who(event.data.voter)}`;
    case 'countersign.approval.granted':
      return shortId(event.data.approval);
    case 'countersign.approval.rejected':
      return `${shortId(event.data.approval)} by ${who(event.data.by)}: ${event.data.reason}`;
    case 'countersign.approval.expired':
      return `${shortId(event.data.approval)}, nobody answered`;
    case 'countersign.approval.withdrawn':
    case 'countersign.escalation.called':
      return `${shortId(event.data.approval)}: ${event.data.reason}`;
    case 'countersign.approval.reminded':
      return `${shortId(event.data.approval)}, open until ${event.data.deadline}`;
    case 'countersign.approval.escalated':
      return `${shortId(event.data.approval)} to ${event.data.to.join(', ')}`;
    case 'countersign.approval.notified':
      return `${event.data.action.tool}, ${event.data.undoUntil === undefined ? 'cannot be taken back' : `may be taken back until ${event.data.undoUntil}`}`;
    case 'countersign.approval.ballot-refused':
      return `of ${who(event.data.by)}: ${event.data.code}: ${event.data.message}`;
    case 'countersign.delegation.given':
    case 'countersign.approval.delegated':
      return `${shortId(event.data.delegation)}: ${who('by' in event.data ? event.data.by : event.actor)} ${event.data.to === undefined ? 'is away' : `lets ${who(event.data.to)} vote`} until ${event.data.until}`;
    case 'countersign.consent.given':
    case 'countersign.approval.consented':
      return `${shortId(event.data.consent)}: ${event.data.name}, ${event.data.tools.join(', ')} up to tier ${event.data.tier} until ${event.data.until}`;
    case 'countersign.standing.withdrawn':
    case 'countersign.approval.standing-ended':
      return shortId(event.data.standing);
    case 'countersign.readiness.signed':
      return `${event.data.role} of ${event.workflow}, ${event.data.met.length} rows, by ${who(event.actor)}: ${event.data.reason}`;
    case 'countersign.attempt.started':
      return `attempt ${event.data.attempt}`;
    case 'countersign.action.succeeded':
    case 'countersign.action.verified':
      return `${event.data.outsideId ?? 'done'}, ${event.data.latencyMs}ms`;
    case 'countersign.action.failed':
    case 'countersign.action.unknown':
      return `${event.data.code}, ${event.data.latencyMs}ms`;
    case 'countersign.action.diverged':
      return event.data.faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
    case 'countersign.breaker.opened':
      return `${event.data.tool}: ${event.data.tries.errors} of ${event.data.tries.calls} calls failed, none before ${event.data.until}`;
    case 'countersign.breaker.closed':
      return `${event.data.tool} is called as before`;
    case 'countersign.grant.refused':
      return `${event.data.code}: ${event.data.message}`;
    case 'countersign.press.refused':
      return `${event.data.approval === undefined ? '' : `${shortId(event.data.approval)}: `}${event.data.slack === undefined ? '' : `${slackUser(event.data.slack)}: `}${event.data.code}: ${event.data.message}`;
    case 'countersign.answer.pressed':
      return `${shortId(event.data.escalation)}: by ${slackUser(event.data.slack)}`;
    case 'countersign.card.opened':
      return `${shortId(event.data.card)}: ${event.data.action.tool} in ${event.data.channel}`;
    case 'countersign.card.input-opened':
      return `${shortId(event.data.card)}: ${event.data.question.reason} in ${event.data.channel}`;
    case 'countersign.card.changed':
      return `${shortId(event.data.card)}: ${event.data.what}`;
    case 'countersign.card.shown':
      return `${shortId(event.data.card)}: ${event.data.revision} changes, message ${event.data.ts}`;
    case 'countersign.card.failed':
      return `${shortId(event.data.card)}: ${event.data.code}${event.data.again === undefined ? ', given up' : `, again at ${event.data.again}`}`;
    case 'countersign.voter.told':
      return `${slackUser(event.data.slack)}: ${event.data.code}: ${event.data.message}`;
    case 'countersign.ledger.accessed':
      return `${who(event.data.by)} sees what is sealed of ${event.data.runs.map(shortId).join(', ')} until ${event.data.until}: ${event.data.reason}`;
    case 'countersign.key.shredded':
      return `keys destroyed: ${event.data.keys.length}: ${event.data.reason}`;
    case 'countersign.retention.applied':
      return `keys destroyed: ${event.data.keys.length}, answers removed: ${event.data.answers}, keys held: ${event.data.held}`;
    case 'countersign.ledger.alarm':
      return `${event.data.code} at ${event.data.topic}/${event.data.partition}/${event.data.offset}${event.data.count > 1 ? ` and ${event.data.count - 1} more up to ${event.data.lastOffset}` : ''}: ${event.data.message}`;
    case 'countersign.checkpoint.published':
      return `${event.data.topic}/${event.data.partition} up to offset ${event.data.next - 1}`;
    case 'countersign.contract.published':
    case 'countersign.tool.published':
    case 'countersign.policy.published':
    case 'countersign.playbook.published':
    case 'countersign.tenant.published':
    case 'countersign.webhook.published':
    case 'countersign.approvers.published':
      return `${event.data.id} v${event.data.version}`;
    case 'countersign.config.activated':
      return `version ${event.data.version}, ${shortHash(event.data.hash)}`;
    case 'countersign.key.announced':
      return `${event.data.key} of ${event.data.service}`;
    case 'countersign.key.retired':
      return event.data.key;
    case 'countersign.dlq.redriven':
      return `${event.data.service}: ${event.data.topic}/${event.data.partition}/${event.data.offset}`;
    case 'countersign.log.ended':
      return `${event.data.topic}/${event.data.partition} after ${event.data.size} records, and goes on at offset ${event.data.begins}: ${event.data.reason}`;
    case 'countersign.kill-switch.set':
    case 'countersign.kill-switch.lifted':
      return `${scopeText(event.data)}: ${event.data.reason}`;
    case 'countersign.mode.changed':
      return `${event.data.mode} for ${scopeText(event.data)}: ${event.data.reason}`;
    default:
      return exhaustive(event);
  }
};
