import { formatUsd, type MicroUsd } from '@countersign/kernel';
import type { ActionView, ApprovalView, EventView, PinnedFile, RunView, Why } from '../ledger/shapes.js';
import { fields } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortHash, shortId, who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { latency, relative, took } from '../terminal/when.js';
import { paint, stateOf } from './paint.js';

const pinned = (kind: string, file: PinnedFile | null): string[] => (file ? [`${kind} ${oneLine(file.id)} v${file.version}`] : []);

const costOf = ({ cost }: RunView): string => {
  const tokens = cost.promptTokens + cost.completionTokens;
  return `$${formatUsd(cost.microUsd as MicroUsd)}${tokens > 0 ? `, ${tokens} tokens` : ''}`;
};

/** What explains a step: the id that the outside system gave, the code of a failure, the reasons of a refusal. */
const noteOf = (action: ActionView): string =>
  [
    ...(action.outsideId === null ? [] : [action.outsideId]),
    ...(action.attempts > 1 ? [`${action.attempts} attempts`] : []),
    ...(action.code ? [action.code] : []),
    ...action.reasons.map(({ rule, message }) => `${rule}: ${message}`),
  ]
    .map(oneLine)
    .join('; ');

const titles = (names: readonly string[], { colors }: View): string[] => names.map((name) => colors.bold(name));

const actionsTable = (actions: readonly ActionView[], view: View): string =>
  table(
    titles(['STEP', 'TOOL', 'STATUS', 'TOOK', 'NOTE'], view),
    actions.map((action) => [
      oneLine(action.step),
      oneLine(action.tool ?? '-'),
      paint(action.status, view.colors),
      action.latencyMs === null ? '-' : latency(action.latencyMs),
      noteOf(action),
    ]),
    view.width,
  );

const approvalLine = (approval: ApprovalView, { colors, now }: View): string => {
  const votes = approval.votes.map(({ voter, choice }) => `${choice === 'approve' ? 'yes' : 'no'} of ${who(voter)}`);
  const needs = `${approval.quorum} of ${approval.roles.map(oneLine).join(' or ') || 'any approver'}`;
  const end = approval.status === 'open' ? `expires ${relative(approval.deadline, now)}` : relative(approval.decidedAt, now);
  return [`approval ${shortId(approval.approval)} of ${oneLine(approval.step)}: ${paint(approval.status, colors)}`, `needs ${needs}`, ...votes, end].join(', ');
};

const CLOCK = /T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)/;

const timelineTable = (events: readonly EventView[], view: View): string =>
  table(
    titles(['TIME', 'EVENT', 'STEP', 'PLACE', 'SHA-256'], view),
    events.map(({ topic, partition, offset, recordedAt, time, sha256, type, step }) => [
      CLOCK.exec(time ?? recordedAt)?.[1] ?? '-',
      oneLine((type ?? '-').replace(/^countersign\./, '')),
      oneLine(step ?? '-'),
      `${oneLine(topic)}/${partition}/${offset}`,
      shortHash(sha256),
    ]),
    view.width,
  );

/** One run for people; with `timeline` also each of its events. */
export const runText = (run: RunView, why: Pick<Why, 'waiting'>, timeline: boolean, view: View): string => {
  const { colors, now, width } = view;
  const state = stateOf({ ...run, waiting: why.waiting });
  const under = [...pinned('contract', run.contract), ...pinned('playbook', run.playbook)].join(', ');
  const facts = fields(
    [
      ['why', run.reason === null || run.outcome === 'succeeded' ? undefined : oneLine(run.reason)],
      ['task', run.task === null ? undefined : `${oneLine(run.task)} from ${oneLine(run.source ?? '?')}`],
      ['workflow', oneLine(`${run.tenant}/${run.workflow}`)],
      ['agent', run.agent === null ? undefined : `${who(run.agent)} for ${who(run.subject ?? '?')}`],
      ['under', under === '' ? undefined : under],
      ['started', run.openedAt === null ? undefined : [relative(run.openedAt, now), ...(run.closedAt === null ? [] : [`took ${took(run.openedAt, run.closedAt)}`])].join(', ')],
      ['deadline', run.closedAt === null && run.deadline !== null ? relative(run.deadline, now) : undefined],
      ['cost', costOf(run)],
    ],
    { width },
  );
  const blocks = [
    `${colors.bold(oneLine(run.run))}  ${paint(state, colors)}\n${facts}`,
    ...(run.actions.length > 0 ? [actionsTable(run.actions, view)] : []),
    ...(run.approvals.length > 0 ? [run.approvals.map((approval) => approvalLine(approval, view)).join('\n')] : []),
    ...(timeline ? [timelineTable(run.timeline, view)] : []),
  ];
  return blocks.join('\n\n');
};

/** What a person can do about an open run. */
export const nextForRun = (run: RunView, { colors, command }: View): string | undefined => {
  const open = run.approvals.find(({ status }) => status === 'open');
  if (open) return `${colors.cyan('next')}: ${command(`approvals show ${operand(open.approval)}`)}`;
  return run.status === 'open' ? `${colors.cyan('next')}: ${command(`why ${shortId(run.run)}`)}` : undefined;
};
