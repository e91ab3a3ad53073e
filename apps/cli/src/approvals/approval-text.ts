import type { Json, JsonObject } from '@countersign/kernel';
import type { ApprovalSummary, ApprovalView } from '../ledger/shapes.js';
import { paint } from '../runs/paint.js';
import { fields, type Field } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortHash, shortId, who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';

/** Who can answer: one of the roles, or the one person whom a confirmation asks. */
export const askedOf = ({ roles, confirmation, sub }: Pick<ApprovalSummary, 'roles' | 'confirmation' | 'sub'>, { me }: Pick<View, 'me'>): string => {
  if (confirmation) return `only ${sub === me ? 'you' : who(sub)}`;
  return roles.map(oneLine).join(' or ') || 'any approver';
};

const needs = (approval: ApprovalView, view: View): string =>
  approval.confirmation ? `a confirmation: ${askedOf(approval, view)} can answer, for whom the run acts` : `${approval.quorum} of ${askedOf(approval, view)} (tier ${approval.tier})`;

const yesOf = ({ votes }: ApprovalSummary): number => votes.filter(({ choice }) => choice === 'approve').length;

export const approvalsTable = (approvals: readonly ApprovalSummary[], view: View): string => {
  const { colors, now, width } = view;
  // The state of each is of interest only where some have been answered.
  const several = approvals.some(({ status }) => status !== 'pending');
  return table(
    ['APPROVAL', ...(several ? ['STATUS'] : []), 'EXPIRES', 'VOTES', 'WHO', 'TOOL', 'RUN'].map((title) => colors.bold(title)),
    approvals.map((approval) => [
      shortId(approval.id),
      ...(several ? [paint(approval.status, colors)] : []),
      approval.status === 'pending' ? relative(approval.deadline, now) : '-',
      `${yesOf(approval)} of ${approval.quorum}`,
      askedOf(approval, view),
      oneLine(approval.tool),
      shortId(approval.run),
    ]),
    width,
  );
};

/** Every argument as JSON, nested ones by their path: nothing is left out, and a stranger's text cannot look like ours. */
export const argumentFields = (value: JsonObject, path = ''): readonly Field[] =>
  Object.entries(value).flatMap(([name, item]: [string, Json]): readonly Field[] => {
    const label = `${path}${oneLine(name)}`;
    const isFolded = typeof item === 'object' && item !== null && !Array.isArray(item) && Object.keys(item).length > 0;
    return isFolded ? argumentFields(item as JsonObject, `${label}.`) : [[label, oneLine(JSON.stringify(item))]];
  });

const votesText = (approval: ApprovalView): string => {
  if (approval.votes.length === 0) return 'none so far';
  return approval.votes.map(({ voter, choice }) => `${choice === 'approve' ? 'yes' : 'no'} of ${who(voter)}`).join(', ');
};

const INDENT = 4;

/**
 * What an approval is about, made from the canonical action alone: what | who | why. Arguments are shown in full.
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
      ['needs', needs(approval, view)],
      ['votes', votesText(approval)],
      ['run', `${shortId(action.run)}, step ${oneLine(action.step)} of ${oneLine(`${action.tenant}/${action.workflow}`)}`],
      ['policy', approval.policySet === undefined ? undefined : `set ${shortHash(approval.policySet)}`],
      ['hash', `${shortHash(approval.actionHash)} ${isHashRight ? colors.green('is the hash of what is shown') : colors.red('is NOT the hash of what is shown')}`],
      ['deadline', oneLine(approval.deadline)],
      ['said', approval.reason === undefined ? undefined : `${oneLine(JSON.stringify(approval.reason))}${approval.decidedBy === undefined ? '' : ` by ${who(approval.decidedBy)}`}`],
    ],
    { width },
  );
  return [head, '', `  ${colors.bold(oneLine(action.tool))} on ${oneLine(action.destination)}`, ...(what === '' ? [] : [what]), '', about].join('\n');
};

/** What a person types next. */
export const nextFor = (approval: ApprovalSummary, { colors, command }: View): string =>
  approval.status === 'pending'
    ? `${colors.cyan('next')}: ${command(`approvals approve ${operand(approval.id)}`)}\n      ${command(`approvals deny --reason TEXT ${operand(approval.id)}`)}`
    : `${colors.cyan('next')}: ${command(`runs show ${shortId(approval.run)}`)}`;
