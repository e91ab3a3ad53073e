import { undoStepOf } from '@countersign/domain';
import { formatUsd, type MicroUsd, type StepId } from '@countersign/kernel';
import type { ActionView, ApprovalSummary, EscalationSummary, EventView, PinnedFile, RunView } from '../ledger/shapes.js';
import { askedOf } from '../approvals/approval-text.js';
import { statusOf } from '../escalations/escalation-text.js';
import { fields } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortHash, shortId, who } from '../terminal/short.js';
import { table, wrappedTable } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { wrap } from '../terminal/width.js';
import { latency, relative, took } from '../terminal/when.js';
import { paint, stateOf } from './paint.js';

const pinned = (kind: string, file: PinnedFile | undefined): string[] => (file ? [`${kind} ${oneLine(file.id)} v${file.version}`] : []);

const costOf = ({ cost }: RunView): string => {
  const tokens = cost.promptTokens + cost.completionTokens;
  return `$${formatUsd(cost.microUsd as MicroUsd)}${tokens > 0 ? `, ${tokens} tokens` : ''}`;
};

/** The step that undid another in the same run. */
const undoingOf = ({ step }: ActionView, actions: readonly ActionView[]): ActionView | undefined =>
  actions.find(({ step: other, status }) => other === undoStepOf(step as StepId) && (status === 'verified' || status === 'succeeded'));

/** What explains a step: what undid it, the id that the outside system gave, the code of a failure, the reasons of a refusal. */
const noteOf = (action: ActionView, actions: readonly ActionView[]): string =>
  [
    ...(undoingOf(action, actions) ? [`undone by ${undoStepOf(action.step as StepId)}`] : []),
    ...(action.outsideId === undefined ? [] : [action.outsideId]),
    ...(action.attempts > 1 ? [`${action.attempts} attempts`] : []),
    ...(action.code ? [action.code] : []),
    ...action.reasons.map(({ rule, message }) => `${rule}: ${message}`),
  ]
    .map(oneLine)
    .join('; ');

const titles = (names: readonly string[], { colors }: View): string[] => names.map((name) => colors.bold(name));

/** More skipped steps than this say no more than their number: a playbook may have one for each tool. */
const SKIPPED_SHOWN = 3;

const actionsTable = (all: readonly ActionView[], view: View): string => {
  const skipped = all.filter(({ status }) => status === 'skipped').length;
  const actions = skipped > SKIPPED_SHOWN ? all.filter(({ status }) => status !== 'skipped') : all;
  const rest = skipped > SKIPPED_SHOWN ? [[`${skipped} steps`, '-', paint('skipped', view.colors), '-', '']] : [];
  return wrappedTable(
    titles(['STEP', 'TOOL', 'STATUS', 'TOOK', 'NOTE'], view),
    [
      ...actions.map((action) => [
        oneLine(action.step),
        oneLine(action.tool ?? '-'),
        paint(action.status, view.colors),
        action.latencyMs === undefined ? '-' : latency(action.latencyMs),
        noteOf(action, actions),
      ]),
      ...rest,
    ],
    view.width,
  );
};

const approvalLine = (approval: ApprovalSummary, view: View): string => {
  const { colors, now, width } = view;
  const votes = approval.votes.map(({ voter, choice }) => `${choice === 'approve' ? 'yes' : 'no'} of ${who(voter)}`);
  const needs = `${approval.quorum} of ${askedOf(approval, view)}`;
  const end = approval.status === 'pending' ? `expires ${relative(approval.deadline, now)}` : relative(approval.decidedAt, now);
  const line = [`approval ${shortId(approval.id)} of ${oneLine(approval.step)}: ${paint(approval.status, colors)}`, `needs ${needs}`, ...votes, end].join(', ');
  return width === undefined ? line : wrap(line, width).join('\n  ');
};

const escalationLine = (escalation: EscalationSummary, view: View): string => {
  const { now, width } = view;
  const { status, answeredBy, choice, message, step } = escalation;
  const end = status === 'open' ? `expires ${relative(escalation.deadline, now)}` : relative(escalation.endedAt, now);
  const line = [`question ${shortId(escalation.id)} of ${oneLine(step)}: ${statusOf(status, view)}`, oneLine(message), ...(choice === undefined ? [] : [`${choice} by ${who(answeredBy ?? '?')}`]), end].join(', ');
  return width === undefined ? line : wrap(line, width).join('\n  ');
};

const CLOCK = /T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)/;

const timelineTable = (events: readonly EventView[], view: View): string =>
  table(
    titles(['TIME', 'EVENT', 'STEP', 'PLACE', 'SHA-256'], view),
    events.map(({ topic, partition, offset, recordedAt, sha256, event }) => [
      CLOCK.exec(event?.time ?? recordedAt)?.[1] ?? '-',
      oneLine((event?.type ?? '-').replace(/^countersign\./, '')),
      oneLine(event?.step ?? '-'),
      `${oneLine(topic)}/${partition}/${offset}`,
      shortHash(sha256),
    ]),
    view.width,
  );

/** One run for people, with its events where they are given. */
export const runText = (run: RunView, timeline: readonly EventView[] | undefined, view: View): string => {
  const { colors, now, width } = view;
  const state = stateOf(run);
  const under = [...pinned('contract', run.contract), ...pinned('playbook', run.playbook)].join(', ');
  const facts = fields(
    [
      ['why', run.reason === undefined || run.outcome === 'succeeded' ? undefined : oneLine(run.reason)],
      ['task', run.task === undefined ? undefined : `${oneLine(run.task)} from ${oneLine(run.source ?? '?')}`],
      ['workflow', oneLine(`${run.tenant}/${run.workflow}`)],
      ['agent', run.agent === undefined ? undefined : `${who(run.agent)} for ${who(run.subject ?? '?')}`],
      ['under', under === '' ? undefined : under],
      ['started', run.openedAt === undefined ? undefined : [relative(run.openedAt, now), ...(run.closedAt === undefined ? [] : [`took ${took(run.openedAt, run.closedAt)}`])].join(', ')],
      ['deadline', run.closedAt === undefined && run.deadline !== undefined ? relative(run.deadline, now) : undefined],
      ['cost', costOf(run)],
    ],
    { width },
  );
  const blocks = [
    `${colors.bold(oneLine(run.id))}  ${paint(state, colors)}\n${facts}`,
    ...(run.actions.length > 0 ? [actionsTable(run.actions, view)] : []),
    ...(run.approvals.length > 0 ? [run.approvals.map((approval) => approvalLine(approval, view)).join('\n')] : []),
    ...(run.escalations.length > 0 ? [run.escalations.toReversed().map((escalation) => escalationLine(escalation, view)).join('\n')] : []),
    ...(timeline === undefined ? [] : [timelineTable(timeline, view)]),
  ];
  return blocks.join('\n\n');
};

/** What a person can do about an open run. */
export const nextForRun = (run: RunView, { colors, command }: View): string | undefined => {
  if (run.asking !== undefined) return `${colors.cyan('next')}: ${command(`escalations show ${operand(run.asking)}`)}`;
  if (run.waitingOn !== undefined) return `${colors.cyan('next')}: ${command(`approvals show ${operand(run.waitingOn)}`)}`;
  return run.status === 'closed' ? undefined : `${colors.cyan('next')}: ${command(`why ${shortId(run.id)}`)}`;
};
