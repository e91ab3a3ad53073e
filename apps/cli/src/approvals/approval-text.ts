import { GROUPS_TIER, STEP_UP_TIER } from '@countersign/domain';
import { dottedPart, readableOf, type Json, type JsonObject } from '@countersign/kernel';
import type { ApprovalSummary, ApprovalView } from '../ledger/shapes.js';
import { previewLine, previewText } from './preview-text.js';
import { paint } from '../runs/paint.js';
import { fields, type Field } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortHash, shortId, who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';

/** Who can answer by now: one of the roles, or the one person whom a confirmation asks. */
export const askedOf = ({ roles, confirmation, sub, escalatedAt, escalateTo = [] }: Pick<ApprovalSummary, 'roles' | 'confirmation' | 'sub' | 'escalatedAt' | 'escalateTo'>, { me }: Pick<View, 'me'>): string => {
  if (confirmation) return `only ${sub === me ? 'you' : who(sub)}`;
  if (roles.length === 0) return 'any approver';
  return [...roles, ...(escalatedAt === undefined ? [] : escalateTo)].map(oneLine).join(' or ');
};

const yesOf = ({ votes }: ApprovalSummary): number => votes.filter(({ choice }) => choice === 'approve').length;

export const approvalsTable = (approvals: readonly ApprovalSummary[], view: View): string => {
  const { colors, now, width } = view;
  // The state of each is of interest only where some have been answered.
  const several = approvals.some(({ status }) => status !== 'pending');
  const shown = approvals.some(({ preview }) => preview !== undefined);
  return table(
    ['APPROVAL', ...(several ? ['STATUS'] : []), 'EXPIRES', 'VOTES', 'WHO', 'TOOL', 'RUN', ...(shown ? ['CHANGE'] : [])].map((title) => colors.bold(title)),
    approvals.map((approval) => [
      shortId(approval.id),
      ...(several ? [paint(approval.status, colors)] : []),
      approval.status === 'pending' ? relative(approval.deadline, now) : '-',
      `${yesOf(approval)} of ${approval.quorum}`,
      askedOf(approval, view),
      oneLine(approval.tool),
      shortId(approval.run),
      ...(shown ? [previewLine(approval) ?? '-'] : []),
    ]),
    width,
  );
};

/** Every argument as JSON, nested ones by their path: nothing is left out, and a stranger's text cannot look like ours. */
export const argumentFields = (value: JsonObject, path = ''): readonly Field[] =>
  Object.entries(value).flatMap(([name, item]: [string, Json]): readonly Field[] => {
    const label = `${path}${oneLine(dottedPart(name))}`;
    const isFolded = typeof item === 'object' && item !== null && !Array.isArray(item) && Object.keys(item).length > 0;
    return isFolded ? argumentFields(item as JsonObject, `${label}.`) : [[label, oneLine(JSON.stringify(readableOf(item)))]];
  });

const votesText = (approval: ApprovalView): string => {
  if (approval.votes.length === 0) return 'none so far';
  return approval.votes.map(({ voter, choice, onBehalfOf, consent }) => `${choice === 'approve' ? 'yes' : 'no'} of ${who(voter)}${onBehalfOf === undefined ? '' : ` for ${who(onBehalfOf)}`}${consent === undefined ? '' : ' beforehand'}`).join(', ');
};

/** `2 of finance (tier 3), of different groups`. */
const needsText = (approval: ApprovalView, view: View): string => {
  const { tier, quorum, irreversible, confirmation } = approval;
  if (confirmation) return `a confirmation: ${askedOf(approval, view)} can answer, for whom the run acts`;
  const groups = tier >= GROUPS_TIER && quorum > 1 ? ', of different groups' : '';
  const stepUp = tier >= STEP_UP_TIER ? ', with a step-up' : irreversible ? ', typed: it cannot be taken back' : '';
  return `${quorum} of ${askedOf(approval, view)} (tier ${tier})${groups}${stepUp}`;
};

const escalationText = ({ status, escalateTo = [], escalatedAt, escalateAt }: ApprovalView, now: View['now']): string | undefined => {
  if (escalateTo.length === 0) return undefined;
  if (escalatedAt !== undefined) return `${relative(escalatedAt, now)} to ${escalateTo.map(oneLine).join(' and ')}`;
  return status === 'pending' ? `${escalateAt === undefined ? 'when somebody says so' : relative(escalateAt, now)} to ${escalateTo.map(oneLine).join(' and ')}` : undefined;
};

const INDENT = 4;

/**
 * What an approval is about, made from the canonical action alone: what | what would change | who | why. Arguments are shown in full.
 * `isHashRight`: the hash that a vote binds has been computed again from what is shown here.
 */
export const approvalCard = (approval: ApprovalView, isHashRight: boolean, view: View): string => {
  const { action, reasons, sub, act } = approval;
  const { colors, now, width } = view;
  const end = approval.status === 'pending' ? `expires ${relative(approval.deadline, now)}` : relative(approval.decidedAt, now);
  const head = `${colors.bold(`approval ${shortId(approval.id)}`)}  ${paint(approval.status, colors)}, ${end}`;
  const what = fields(argumentFields(action.args), { indent: INDENT, width });
  const about = fields(
    [
      ['who', `${who(act)} for ${who(sub)}`],
      ['why', reasons.map(({ rule, message }) => `${oneLine(rule)}: ${oneLine(message)}`).join('\n') || undefined],
      ['needs', needsText(approval, view)],
      ['may', approval.status === 'pending' ? approval.people.map(who).join(', ') || 'nobody of the directory' : undefined],
      ['may not', approval.authors.length > 0 ? `${approval.authors.map(who).join(', ')}, who put the agent's contract in force` : undefined],
      ['votes', votesText(approval)],
      ['escalates', escalationText(approval, now)],
      ['run', `${shortId(action.run)}, step ${oneLine(action.step)} of ${oneLine(`${action.tenant}/${action.workflow}`)}`],
      ['policy', approval.policySet === undefined ? undefined : `set ${shortHash(approval.policySet)}`],
      ['hash', `${shortHash(approval.actionHash)} ${isHashRight ? colors.green('is the hash of what is shown') : colors.red('is NOT the hash of what is shown')}`],
      ['deadline', oneLine(approval.deadline)],
      ['said', approval.reason === undefined ? undefined : `${oneLine(JSON.stringify(approval.reason))}${approval.decidedBy === undefined ? '' : ` by ${who(approval.decidedBy)}`}`],
    ],
    { width },
  );
  return [head, '', `  ${colors.bold(oneLine(action.tool))} on ${oneLine(action.destination)}`, ...(what === '' ? [] : [what]), '', previewText(approval, view), '', about].join('\n');
};

/** What a person types next. */
export const nextFor = (approval: ApprovalSummary, { colors, command }: View): string =>
  approval.status === 'pending'
    ? `${colors.cyan('next')}: ${command(`approvals approve ${operand(approval.id)}`)}\n      ${command(`approvals deny --reason TEXT ${operand(approval.id)}`)}`
    : `${colors.cyan('next')}: ${command(`runs show ${shortId(approval.run)}`)}`;
