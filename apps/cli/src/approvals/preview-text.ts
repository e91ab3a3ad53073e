import type { Shown } from '@countersign/contracts';
import { dollarText } from '@countersign/kernel';
import type { ApprovalSummary } from '../ledger/shapes.js';
import { fields } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { widthOf } from '../terminal/width.js';

type Previewed = Pick<ApprovalSummary, 'preview'>;
type Change = Exclude<NonNullable<ApprovalSummary['preview']>, 'pending'>['changes'][number];

/** A text of the outside system stands in quotes, as an argument does: it cannot look like words of ours. */
const shown = (value: Shown | undefined, unit: Change['unit']): string => {
  if (value === undefined) return '-';
  if ((unit === 'usd-cents' || unit === 'usd') && typeof value === 'number') return dollarText(value, unit);
  return oneLine(JSON.stringify(value));
};

const INDENT = '    ';

/** As a table where it fits; else below each other, so that nothing of what is voted on is cut. */
const changesText = (changes: readonly Change[], { colors, width }: View): string => {
  const rows = changes.map(({ field, now, after, unit }) => [oneLine(field), shown(now, unit), shown(after, unit)] as const);
  const text = table(['field', 'now', 'after'].map((title) => colors.bold(title)), rows);
  if (width === undefined || text.split('\n').every((line) => widthOf(line) + INDENT.length <= width)) return text.replace(/^/gm, INDENT);
  return fields(rows.map(([field, now, after]) => [field, `${now} → ${after}`] as const), { indent: INDENT.length, width });
};

const SOURCES = { 'dry-run': 'its own dry run', read: 'a read of what is there now' } as const;

/** What people are shown of what an action would do, or why there is nothing: part of each card. */
export const previewText = ({ preview }: Previewed, view: View): string => {
  const { colors } = view;
  if (preview === undefined) return `  ${colors.dim('this tool has neither a dry run nor a read that would show what changes')}`;
  if (preview === 'pending') return `  ${colors.yellow('what would change is being looked at')}`;
  if (preview.kind === 'none') return `  ${colors.yellow('what would change cannot be shown')}: ${oneLine(preview.reason?.message ?? 'nobody says why')} (${oneLine(preview.reason?.code ?? 'unknown')})`;
  const more = preview.more === undefined ? [] : [`${INDENT}and ${preview.more} more that found no room`];
  return [`  what would change, in the words of the system (${SOURCES[preview.kind]})`, changesText(preview.changes, view), ...more].join('\n');
};

/** The same on one line: `refunded $0.00 → $250.00, and 1 more`. `undefined` where there is nothing to say. */
export const previewLine = ({ preview }: Previewed): string | undefined => {
  if (preview === undefined) return undefined;
  if (preview === 'pending') return 'being looked at';
  const [first, ...others] = preview.changes;
  if (!first) return `cannot be shown (${oneLine(preview.reason?.code ?? 'unknown')})`;
  const left = others.length + (preview.more ?? 0);
  return `${oneLine(first.field)} ${shown(first.now, first.unit)} → ${shown(first.after, first.unit)}${left > 0 ? `, and ${left} more` : ''}`;
};
