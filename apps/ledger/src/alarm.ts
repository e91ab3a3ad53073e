import { newEvent, type Cause, type Event } from '@countersign/contracts';
import { deterministicId, sha256, type ErrorCode, type Instant } from '@countersign/kernel';
import type { ProjectedRecord, ProjectionBatch, RejectedRecord } from '@countersign/read-model';

/** A record that people have to hear of, and why. */
export type AlarmingRecord = Pick<RejectedRecord, 'topic' | 'partition' | 'offset' | 'code' | 'message' | 'sha256'>;

/** What honest services and people never write: somebody tried to pass something off as theirs, or took something away. */
const SMELLS_OF_FORGERY: ReadonlySet<ErrorCode> = new Set(['SIGNATURE_MISSING', 'SIGNATURE_INVALID', 'SIGNER_UNKNOWN', 'SIGNER_WRONG', 'EVENT_MISPLACED', 'SEQUENCE_BROKEN']);

const isForged = ({ code }: RejectedRecord): boolean => SMELLS_OF_FORGERY.has(code);

/** Reasons of a denial that no rule gave: the engine, or the set in force, is broken, and everything may be denied. */
const NOT_DECIDED: ReadonlySet<string> = new Set(['engine.unavailable', 'engine.error']);

const undecided = ({ topic, partition, offset, sha256: hash, known }: ProjectedRecord): readonly AlarmingRecord[] => {
  if (known?.event.type !== 'countersign.action.denied') return [];
  const reason = known.event.data.reasons.find(({ code }) => NOT_DECIDED.has(code));
  return reason ? [{ topic, partition, offset, sha256: hash, code: 'ENGINE_UNAVAILABLE', message: `\`${reason.rule}\`: ${reason.message}` }] : [];
};

/** What a batch holds that people have to hear of. */
export const alarming = ({ records, rejected }: Pick<ProjectionBatch, 'records' | 'rejected'>): readonly AlarmingRecord[] => [...rejected.filter(isForged), ...records.flatMap(undecided)];

/** The alarm about a record. Its id is made of the record's place: however often the record is read, it is one alarm. */
export const alarmOf = ({ topic, partition, offset, code, message, sha256: hash = sha256('') }: AlarmingRecord, now: Instant): Event<'countersign.ledger.alarm'> => {
  const trigger: Cause = { id: deterministicId(topic, partition, offset), topic, partition, offset, sha256: hash };
  return newEvent({ service: 'ledger', type: 'countersign.ledger.alarm', trigger, subject: 'record', data: { code, topic, partition, offset, sha256: hash, message }, now });
};
