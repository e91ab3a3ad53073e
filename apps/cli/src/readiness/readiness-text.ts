import { fields, type Field } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortHash, shortId } from '../terminal/short.js';
import { readingWidth, type View } from '../terminal/view.js';
import type { Facts, Row } from './readiness.js';

const INDENT = 4;
/** Events that a row names here; `--json` has all of them. */
const EVENTS_SHOWN = 5;

const eventsText = (events: readonly string[]): string | undefined => (events.length === 0 ? undefined : `${events.slice(0, EVENTS_SHOWN).map(shortId).join(' ')}${events.length > EVENTS_SHOWN ? ` and ${events.length - EVENTS_SHOWN} more` : ''}`);

const rowText = ({ claim, met, evidence, events, next }: Row, view: View): string => {
  const { colors } = view;
  const lines: readonly Field[] = [['because', evidence.map(oneLine).join('\n') || undefined], ['events', eventsText(events)], ['next', next === undefined ? undefined : oneLine(next)]];
  return [`${met ? colors.green('✓') : colors.red('✗')} ${colors.bold(oneLine(claim))}`, fields(lines, { indent: INDENT, width: readingWidth(view) })].filter(Boolean).join('\n');
};

export const readinessText = ({ tenant, contract, controls }: Facts, rows: readonly Row[], subject: string, view: View): string => {
  const { colors } = view;
  const unmet = rows.filter(({ met }) => !met).length;
  const head = `${colors.bold(oneLine(`${tenant}/${contract.document.workflow}`))}  contract v${contract.version} (${shortHash(contract.hash)}), policy set ${shortHash(controls.active?.policySet.hash ?? '')}`;
  const verdict = unmet === 0 ? colors.green(`ready: ${rows.length} rows are met`) : `${colors.red('not ready')}: ${unmet} of ${rows.length} rows are unmet`;
  return [head, '', ...rows.map((row) => rowText(row, view)), '', `${verdict}; what is signed is ${shortHash(subject)}`].join('\n');
};
