import type { LogChecker } from '@countersign/audit';
import type { LogRecord } from '@countersign/bus/client';

/** What the ledger says of a log that it lets stand still. */
const STANDS_STILL: ReadonlySet<string> = new Set(['ARCHIVE_FORKED', 'ARCHIVE_INVALID', 'LOG_TRUNCATED']);

/** A log of the archive, and the offset behind its last record. */
export interface ArchivedUpTo {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

/** Whether the ledger says, in any of these records of one partition of its topic, that a log stands still behind what is archived. What it has not signed is no word of its own. */
export const tellsOfStandstill = (checker: Pick<LogChecker, 'check'>, records: readonly LogRecord[], { topic, partition, next }: ArchivedUpTo): boolean =>
  checker.check(records).some((checked) => {
    if (checked.kind !== 'event' || checked.event.type !== 'countersign.ledger.alarm') return false;
    const { data } = checked.event;
    return data.topic === topic && data.partition === partition && data.offset >= next && STANDS_STILL.has(data.code);
  });
