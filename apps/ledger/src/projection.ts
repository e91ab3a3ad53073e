import type { LogRecord, PassedOver, Received, Rejected, RelayBatch } from '@countersign/bus';
import { sha256 } from '@countersign/kernel';
import type { ProjectedRecord, ProjectionBatch, RejectedRecord } from '@countersign/read-model';

const NO_VALUE = Buffer.alloc(0);

/** A record that was checked and decoded. */
export const eventRecord = ({ event, topic, partition, offset, sha256: hash, record }: Received): ProjectedRecord => ({
  topic,
  partition,
  offset,
  timestamp: record.timestamp,
  sha256: hash,
  known: { value: record.value ?? NO_VALUE, event },
});

/** A record of an upstream system: not ours to read. */
export const foreignRecord = (topic: string, { partition, offset, timestamp, value }: LogRecord): ProjectedRecord => ({ topic, partition, offset, timestamp, sha256: sha256(value ?? NO_VALUE) });

export const rejectedRecord = (topic: string, { record, code, message }: Pick<Rejected, 'record' | 'code' | 'message'> | PassedOver): RejectedRecord => ({
  topic,
  partition: record.partition,
  offset: record.offset,
  timestamp: record.timestamp,
  code,
  message,
  ...(record.value === null ? {} : { sha256: sha256(record.value) }),
});

/** A batch as the read model takes it, and what goes into no read model: nobody acts on it, and it is told all the same. */
export interface LedgerBatch extends ProjectionBatch {
  readonly passedOver: readonly RejectedRecord[];
}

export const projectionOf = ({ topic, partition, from, next, reader, received, rejected, passedOver }: RelayBatch): LedgerBatch => ({
  topic,
  partition,
  from,
  next,
  reader,
  records: received.map((each) => ('event' in each ? eventRecord(each) : foreignRecord(topic, each.record))),
  rejected: rejected.map((each) => rejectedRecord(topic, each)),
  passedOver: passedOver.map((each) => rejectedRecord(topic, each)),
});
