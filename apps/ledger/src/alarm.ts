import { newEvent, type Cause, type Event } from '@countersign/contracts';
import { deterministicId, sha256, type ErrorCode, type Instant } from '@countersign/kernel';
import type { RejectedRecord } from '@countersign/read-model';

/** What honest services and people never write: somebody tried to pass something off as theirs, or took something away. */
const SMELLS_OF_FORGERY: ReadonlySet<ErrorCode> = new Set(['SIGNATURE_MISSING', 'SIGNATURE_INVALID', 'SIGNER_UNKNOWN', 'SIGNER_WRONG', 'EVENT_MISPLACED', 'SEQUENCE_BROKEN']);

export const isAlarming = ({ code }: Pick<RejectedRecord, 'code'>): boolean => SMELLS_OF_FORGERY.has(code);

/** The alarm about a record. Its id is made of the record's place: however often the record is read, it is one alarm. */
export const alarmOf = ({ topic, partition, offset, code, message, sha256: hash = sha256('') }: RejectedRecord, now: Instant): Event<'countersign.ledger.alarm'> => {
  const trigger: Cause = { id: deterministicId(topic, partition, offset), topic, partition, offset, sha256: hash };
  return newEvent({ service: 'ledger', type: 'countersign.ledger.alarm', trigger, subject: 'record', data: { code, topic, partition, offset, sha256: hash, message }, now });
};
