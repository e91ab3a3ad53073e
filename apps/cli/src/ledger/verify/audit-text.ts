import { nameOf, type Audit, type AuditedLog, type AuditFault } from '@countersign/audit';
import { oneLine } from '../../terminal/safe-text.js';
import { table } from '../../terminal/table.js';
import { who } from '../../terminal/short.js';
import type { View } from '../../terminal/view.js';

const count = (value: number): string => value.toLocaleString('en');

/** The range of entries, or the one, or nothing. */
const placeOf = ({ log, entry, before, offset, event }: AuditFault): string => {
  const at = entry === undefined ? '' : before === undefined || before === entry + 1 ? `, entry ${entry}` : `, entries ${entry} to ${before - 1}`;
  return `${log}${at}${offset === undefined ? '' : `, offset ${offset}`}${event === undefined ? '' : `, event ${event}`}`;
};

export const faultText = (fault: AuditFault): string => oneLine(`${placeOf(fault)}: ${fault.code}: ${fault.message}`);

const MOST_FAULTS = 20;

const refusedText = (refused: Readonly<Record<string, number>>): string => Object.entries(refused).map(([code, many]) => `${many} ${code}`).join(', ');

/** What is archived nowhere is said first, and by whose order it was left out: where no signature was checked, by whose it says it is. */
const begunText = (begun: AuditedLog['begun'], isSigned: boolean): string => {
  if (!begun) return '';
  const { at, missing, reason, by } = begun;
  const what = missing === 0 ? `goes on at offset ${at}` : missing === 1 ? `offset ${at - 1} is archived nowhere` : `offsets ${at - missing} to ${at - 1} are archived nowhere`;
  return oneLine(`${what}: ${reason} (${isSigned ? '' : 'unchecked: '}${who(by)})`);
};

export const auditText = ({ anchor, logs, runs, events, faults }: Audit, { url, isSigned }: { readonly url: string; /** Whether it was checked who wrote the events. */ readonly isSigned: boolean }, { colors, width }: View): string => {
  const [first] = faults;
  const rows = logs.map(({ topic, partition, epoch, begun, entries, anchored, unanchored, refused, faults: wrong }) => [
    nameOf({ topic, partition, epoch }),
    count(entries),
    count(anchored),
    wrong.length === 0 ? colors.green('intact') : colors.red(`${wrong.length} wrong`),
    [begunText(begun, isSigned), unanchored > 0 && topic !== 'anchor' ? `${count(unanchored)} not anchored yet` : '', refusedText(refused)].filter(Boolean).join('; '),
  ]);
  const verdict = first
    ? `${colors.red(colors.bold('NOT INTACT'))}: ${faultText(first)}`
    : `${colors.green(colors.bold('intact'))}: ${count(events)} records, ${count(runs)} whole runs${anchor.witnesses.length > 0 ? `, witnessed by ${anchor.witnesses.join(' and ')}` : ''}`;
  const more = faults.slice(1, MOST_FAULTS).map((fault) => `  also: ${faultText(fault)}`);
  const left = faults.length > MOST_FAULTS ? [`  and ${count(faults.length - MOST_FAULTS)} more`] : [];
  return [`archive of ${anchor.origin}/${anchor.namespace} in ${oneLine(url)}`, '', table(['log', 'records', 'checkpoints', 'state', 'notes'], rows, width), '', verdict, ...more, ...left].join('\n');
};
