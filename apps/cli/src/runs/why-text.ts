import type { RunView, Wait, Why } from '../ledger/shapes.js';
import { previewLine } from '../approvals/preview-text.js';
import { fields } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortId, who } from '../terminal/short.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';
import { paint, stateOf } from './paint.js';

/** Who can make it go on. Where that is no person, nobody has to do anything. */
const whoCan = ({ for: whom, people = [], roles = [], confirmation, escalation, quorum = 1, votes = 0 }: Wait): string => {
  if (whom !== 'people') return 'nobody has to do anything';
  const group = roles.map(oneLine).join(' or ') || 'any approver';
  const names = people.length === 0 ? 'nobody is left to ask' : people.map(who).join(', ');
  if (confirmation) return `${names} and nobody else`;
  return escalation === undefined ? `${names} (${group}; ${votes} of ${quorum} so far)` : `${names} (${group})`;
};

const waitText = (wait: Wait, why: Why, run: RunView, { colors, now, width, command }: View): string => {
  const { step, tool, approval, escalation, until } = wait;
  const reasons = run.actions.find((action) => action.step === step)?.reasons ?? [];
  const asked = run.approvals.find(({ id }) => id === approval);
  const isNext = until !== undefined && why.expiresNext?.at === until;
  const title = step === undefined ? 'the run' : `${oneLine(step)}${tool === undefined ? '' : ` (${oneLine(tool)})`}`;
  return `${colors.bold(title)}\n${fields(
    [
      ['waits for', oneLine(wait.message)],
      ['because', reasons.map(({ rule, message }) => `${oneLine(rule)}: ${oneLine(message)}`).join('\n') || undefined],
      ['change', asked && previewLine(asked)],
      ['since', relative(wait.since, now)],
      ['who can', whoCan(wait)],
      ['until', until === undefined ? undefined : `${relative(until, now)}${isNext ? `: ${oneLine(why.expiresNext.then)}` : ''}`],
      ['look', escalation !== undefined ? command(`escalations show ${operand(escalation)}`) : approval === undefined || wait.for !== 'people' ? undefined : command(`approvals show ${operand(approval)}`)],
      ['answer', approval === undefined || wait.for !== 'people' ? undefined : command(`approvals approve ${operand(approval)}`)],
    ],
    { width },
  )}`;
};

/** Why a closed run ended as it did: its reason, and the steps that did not go well with theirs. */
const endText = (run: RunView, { colors, width }: View): string =>
  fields(
    [
      ['because', run.reason === undefined ? undefined : oneLine(run.reason)],
      ...run.actions
        .filter(({ reasons, code }) => reasons.length > 0 || code)
        .map(({ step, status, reasons, code }) => {
          const lines = [...(code ? [oneLine(code)] : []), ...reasons.map(({ rule, message }) => `${oneLine(rule)}: ${oneLine(message)}`)];
          return [oneLine(step), [paint(status, colors), ...lines].join('\n')] as const;
        }),
    ],
    { width },
  );

/** What a run waits for, since when, who can unblock it, what comes next by itself; of a closed run, why it ended so. */
export const whyText = (why: Why, run: RunView, view: View): string => {
  const { colors, now } = view;
  const state = paint(stateOf(run), colors);
  const head = `${colors.bold(shortId(run.id))} of ${oneLine(run.workflow)}`;
  if (run.status === 'closed') return `${head} ended ${relative(run.closedAt, now)}: ${state}\n${endText(run, view)}`;
  const { expiresNext, waits } = why;
  // Said once is enough.
  const isNews = expiresNext !== undefined && !waits.some(({ until }) => until === expiresNext.at);
  return [
    `${head} is ${state}`,
    ...waits.map((wait) => waitText(wait, why, run, view)),
    ...(isNews ? [`next by itself, ${relative(expiresNext.at, now)}: ${oneLine(expiresNext.then)}`] : []),
  ].join('\n\n');
};
