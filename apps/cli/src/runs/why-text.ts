import type { RunView, Waiting, Why } from '../ledger/shapes.js';
import { fields } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortId, who } from '../terminal/short.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';
import { paint, stateOf } from './paint.js';

/** Who can make it go on. Where that is no person, nobody has to do anything. */
const whoCan = ({ for: whom, people, roles }: Waiting): string => {
  if (whom !== 'people') return 'nobody has to do anything';
  const names = people.map(who).join(', ');
  const group = roles.map(oneLine).join(' or ') || 'approvers';
  return names === '' ? `nobody of ${group} is left to ask` : `${names} (${group})`;
};

const waitText = (wait: Waiting, run: RunView, { colors, now, width, command }: View): string => {
  const { step, approval, expires } = wait;
  const tool = run.actions.find((action) => action.step === step)?.tool;
  const reasons = run.approvals.find((each) => each.approval === approval)?.request?.reasons ?? [];
  const title = step === null ? 'the run' : `${oneLine(step)}${tool ? ` (${oneLine(tool)})` : ''}`;
  return `${colors.bold(title)}\n${fields(
    [
      ['waits for', oneLine(wait.message)],
      ['because', reasons.map(({ rule, message }) => `${oneLine(rule)}: ${oneLine(message)}`).join('\n') || undefined],
      ['since', relative(wait.since, now)],
      ['who can', whoCan(wait)],
      ['expires', expires === null ? undefined : `${relative(expires.at, now)}: ${oneLine(expires.means)}`],
      ['look', approval === null || wait.for !== 'people' ? undefined : command(`approvals show ${operand(approval)}`)],
      ['answer', approval === null || wait.for !== 'people' ? undefined : command(`approvals approve ${operand(approval)}`)],
    ],
    { width },
  )}`;
};

/** Why a closed run ended as it did: its reason, and the steps that did not go well with theirs. */
const endText = (run: RunView, { colors, width }: View): string =>
  fields(
    [
      ['because', run.reason === null ? undefined : oneLine(run.reason)],
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
  const state = paint(stateOf({ ...run, waiting: why.waiting }), colors);
  const head = `${colors.bold(shortId(run.run))} of ${oneLine(run.workflow)}`;
  if (why.status === 'closed') return `${head} ended ${relative(run.closedAt, now)}: ${state}\n${endText(run, view)}`;
  const { next } = why;
  // Said once is enough.
  const isNews = next !== null && !why.waiting.some(({ step, expires }) => step === next.step && expires?.at === next.at);
  return [
    `${head} is ${state}`,
    ...why.waiting.map((wait) => waitText(wait, run, view)),
    ...(isNews ? [`next by itself, ${relative(next.at, now)}${next.step === null ? '' : `, ${oneLine(next.step)}`}: ${oneLine(next.means)}`] : []),
  ].join('\n\n');
};
