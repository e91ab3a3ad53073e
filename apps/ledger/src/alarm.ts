import { newEvent, type Cause, type Event } from '@countersign/contracts';
import { ALARMING_REFUSALS, FORGOTTEN_KEY, isDecidedAnew, KILLED } from '@countersign/domain';
import { deterministicId, sha256, type ErrorCode, type Instant } from '@countersign/kernel';
import type { ProjectedRecord, RejectedRecord } from '@countersign/read-model';
import type { LedgerBatch } from './projection.js';

/** A record that people have to hear of, and why. */
export interface AlarmingRecord extends Pick<RejectedRecord, 'topic' | 'partition' | 'offset' | 'code' | 'message' | 'sha256'> {
  /** It is a place that people have to hear of, and no record: what lies there, or will, did not cause it. */
  readonly isPlaceOnly?: true;
}

/**
 * What honest services and people never write: somebody tried to pass something off as theirs, or took something away; and what
 * this ledger is too old to take into the record. Faults of our own handlers are not among them.
 */
const ALARMING: ReadonlySet<ErrorCode> = new Set([
  'SIGNATURE_MISSING',
  'SIGNATURE_INVALID',
  'SIGNER_UNKNOWN',
  'SIGNER_WRONG',
  'EVENT_MISPLACED',
  'SEQUENCE_BROKEN',
  'EPOCH_STALE',
  'EVENT_REPEATED',
  'VOTE_INVALID',
  'JSON_INVALID',
  'EVENT_NOT_CLOUDEVENT',
  'EVENT_TYPE_UNKNOWN',
  'EVENT_VERSION_UNKNOWN',
  'EVENT_INVALID',
  'EVENT_TOO_LARGE',
]);

const isForged = ({ code }: RejectedRecord): boolean => ALARMING.has(code);

/** Reasons of a denial that no rule gave: the engine, or the set in force, is broken, and everything may be denied. */
const NOT_DECIDED: ReadonlySet<string> = new Set(['engine.unavailable', 'engine.error']);

const undecided = ({ topic, partition, offset, sha256: hash, known }: ProjectedRecord): readonly AlarmingRecord[] => {
  if (known?.event.type !== 'countersign.action.denied') return [];
  const reason = known.event.data.reasons.find(({ code }) => NOT_DECIDED.has(code));
  return reason ? [{ topic, partition, offset, sha256: hash, code: 'ENGINE_UNAVAILABLE', message: `\`${reason.rule}\`: ${reason.message}` }] : [];
};

/** Whether honest services refuse a grant for it: policy decides again, a kill came in between, a tool has forgotten a key, this executor is behind or at it. */
const isHonest = (code: string): boolean => isDecidedAnew(code) || [KILLED, FORGOTTEN_KEY, 'controls.behind', 'action.under-way'].includes(code);

const refused = ({ topic, partition, offset, sha256: hash, known }: ProjectedRecord): readonly AlarmingRecord[] => {
  if (known?.event.type !== 'countersign.grant.refused' || isHonest(known.event.data.code)) return [];
  const { code, message } = known.event.data;
  return [{ topic, partition, offset, sha256: hash, code: 'GRANT_REFUSED', message: `${code}: ${message}` }];
};

/** Somebody of the directory signed what is theirs not to say. That they were late, or spoke twice, is nobody's business but theirs. */
const unentitled = ({ topic, partition, offset, sha256: hash, known }: ProjectedRecord): readonly AlarmingRecord[] => {
  if (known?.event.type !== 'countersign.approval.ballot-refused' || !ALARMING_REFUSALS.has(known.event.data.code)) return [];
  const { by, code, message } = known.event.data;
  return [{ topic, partition, offset, sha256: hash, code: 'VOTE_REFUSED', message: `${code}: ${by}: ${message}` }];
};

/** What a batch holds that people have to hear of. */
export const alarming = ({ records, rejected, passedOver }: Pick<LedgerBatch, 'records' | 'rejected' | 'passedOver'>): readonly AlarmingRecord[] => [...rejected.filter(isForged), ...passedOver, ...records.flatMap(undecided), ...records.flatMap(refused), ...records.flatMap(unentitled)];

/**
 * One alarm for each code among records of one batch of one topic partition. Its id is made of its code and of the first and last
 * place: however often the same batch is read, it is one alarm.
 */
export const alarmsOf = (records: readonly AlarmingRecord[], now: Instant): readonly Event<'countersign.ledger.alarm'>[] =>
  [...Map.groupBy(records, ({ code }) => code).values()].flatMap((found) => {
    const [first] = found;
    return first ? [alarmOf(first, found, now)] : [];
  });

const alarmOf = ({ topic, partition, offset, code, message, isPlaceOnly, sha256: hash = sha256('') }: AlarmingRecord, found: readonly AlarmingRecord[], now: Instant): Event<'countersign.ledger.alarm'> => {
  const trigger: Cause | undefined = isPlaceOnly ? undefined : { id: deterministicId(topic, partition, offset), topic, partition, offset, sha256: hash };
  const lastOffset = found.at(-1)?.offset ?? offset;
  const data = { code, topic, partition, offset, count: found.length, lastOffset, sha256: hash, message };
  return newEvent({ service: 'ledger', type: 'countersign.ledger.alarm', trigger, subject: isPlaceOnly ? `${code}/${topic}/${partition}/${offset}` : `${code}/${lastOffset}`, data, now });
};
