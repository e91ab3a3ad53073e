import type { LogFault } from '@countersign/archive';
import type { Anchor, Trust } from './read-anchor.js';

export interface AuditFault {
  /** Name of the log. */
  readonly log: string;
  readonly code: LogFault['code'] | 'order.broken' | 'epoch.broken' | 'record.missing' | 'record.unreadable' | 'sequence.broken' | 'signature.unknown' | 'event.misplaced' | 'cause.wrong' | 'run.incomplete';
  readonly message: string;
  /** Number of the entry. */
  readonly entry?: number;
  /** Up to and without this entry, where only a range is known. */
  readonly before?: number;
  /** Where it was in Kafka. */
  readonly offset?: number;
  readonly event?: string;
}

/** What is wrong with a log, with its name and the place as an archive has it. */
export const placed = (log: string, { code, message, index, before }: LogFault): AuditFault => ({ log, code, message, ...(index === undefined ? {} : { entry: index }), ...(before === undefined ? {} : { before }) });

/** What is wrong with a log itself comes first: the rest may follow of it. */
export const rootsFirst = (faults: readonly AuditFault[]): readonly AuditFault[] => faults.toSorted((one, other) => Number(FOLLOWS.has(one.code)) - Number(FOLLOWS.has(other.code)));

/** Where nobody's signature counts, no order counts either. */
export const beforeWhatFollows = (faults: readonly AuditFault[], first: readonly AuditFault[]): readonly AuditFault[] => {
  const at = faults.findIndex(({ code }) => code === 'epoch.broken' || FOLLOWS.has(code));
  return faults.toSpliced(at < 0 ? faults.length : at, 0, ...first);
};

const FOLLOWS: ReadonlySet<AuditFault['code']> = new Set(['cause.wrong', 'run.incomplete', 'sequence.broken']);

/** An archive of which everything was taken says nothing wrong. */
export const nothingSigned = ({ size, faults }: Pick<Anchor, 'size' | 'faults'>, { anchor: { name } }: Trust): readonly AuditFault[] =>
  size === 0 && faults.length === 0 ? [{ log: 'anchor/0', code: 'checkpoint.invalid', message: `there is no checkpoint of \`${name}\`: nothing that is here was signed with that key` }] : [];

/** Some records of others may lie between those of services, and nobody acts on them; where there is nothing else, whose signatures count is not known, or nobody wrote what is there. */
export const nobodyKnown = (admitted: number, refused: number): readonly AuditFault[] =>
  admitted === 0 && refused > 0 ? [{ log: 'controls/0', code: 'signature.unknown', message: `not one of ${refused} events is signed with a key that the controls announce: the root file is that of another installation, or controls are missing` }] : [];
