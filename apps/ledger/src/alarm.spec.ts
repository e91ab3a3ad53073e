import { describe, expect, it } from 'vitest';
import { encodeEvent, type Event } from '@countersign/contracts';
import { sha256, type Instant } from '@countersign/kernel';
import { alarming, alarmsOf, type AlarmingRecord } from './alarm.js';

const REJECTED = { topic: 'decisions', partition: 2, offset: 17, timestamp: 0, code: 'SIGNATURE_INVALID', message: 'the signature does not cover the record as it stands here', sha256: sha256('x') } as const;
const NOW = 1_767_323_045_000 as Instant;
const alarmOf = (record: AlarmingRecord, now = NOW) => {
  const [alarm] = alarmsOf([record], now);
  if (!alarm) throw new Error('no alarm was made');
  return alarm;
};

describe('an alarm', () => {
  it('is raised for what honest writers never write', () => {
    for (const code of ['SIGNATURE_MISSING', 'SIGNATURE_INVALID', 'SIGNER_UNKNOWN', 'SIGNER_WRONG', 'EVENT_MISPLACED', 'SEQUENCE_BROKEN', 'EVENT_INVALID', 'JSON_INVALID', 'EVENT_TYPE_UNKNOWN', 'VOTE_INVALID', 'EPOCH_STALE'] as const) expect(alarming({ records: [], rejected: [{ ...REJECTED, code }], passedOver: [] })).toHaveLength(1);
    for (const code of ['HANDLER_FAILED', 'INTERNAL', 'DATABASE_REFUSED'] as const) expect(alarming({ records: [], rejected: [{ ...REJECTED, code }], passedOver: [] })).toEqual([]);
  });

  it('of a place, such as where a log of the archive stands still, names no record as its cause: whoever verifies would find another one there', () => {
    const place = { topic: 'tasks', partition: 1, offset: 7, code: 'ARCHIVE_UNREACHABLE', message: 'the archive does not answer', isPlaceOnly: true } as const;
    expect(alarmOf(place)).toMatchObject({ causes: '', data: { topic: 'tasks', partition: 1, offset: 7, code: 'ARCHIVE_UNREACHABLE' } });
    expect(alarmOf(REJECTED).causes).not.toBe('');
    const ids = [place, { ...place, offset: 8 }, { ...place, partition: 0 }, { ...place, topic: 'decisions' }, { ...place, code: 'ARCHIVE_FORKED' as const }].map((each) => alarmOf(each).id);
    expect(new Set(ids).size).toBe(5);
    expect(alarmOf(place, (NOW + 1) as Instant).id).toBe(ids[0]);
  });

  it.each([
    ['engine.unavailable', 'the policy engine gave no answer', [{ code: 'ENGINE_UNAVAILABLE', message: '`engine`: the policy engine gave no answer', topic: 'decisions', partition: 2, offset: 18, sha256: sha256('denied') }]],
    ['engine.error', 'the rule could not be evaluated', [{ code: 'ENGINE_UNAVAILABLE', message: '`engine`: the rule could not be evaluated', topic: 'decisions', partition: 2, offset: 18, sha256: sha256('denied') }]],
    ['rule.forbids', 'rows is above 1000', []],
  ])('is raised for a denial because of %s only where no rule made it', (code, message, expected) => {
    const event = { type: 'countersign.action.denied', data: { reasons: [{ rule: 'engine', code, message }] } } as unknown as Event;
    const record = { topic: 'decisions', partition: 2, offset: 18, timestamp: 0, sha256: sha256('denied'), known: { value: Buffer.from(''), event } };
    expect(alarming({ records: [record], rejected: [], passedOver: [] })).toEqual(expected);
  });

  it.each([
    ['voter.is-author', 1],
    ['voter.lacks-role', 1],
    ['action.differs', 1],
    ['delegation.unknown', 1],
    ['approval.expired', 0],
    ['voter.voted', 0],
    ['group.voted', 0],
  ])('is raised for a ballot that was refused for %s only where somebody said what is not theirs to say', (code, count) => {
    const event = { type: 'countersign.approval.ballot-refused', data: { by: 'spiffe://countersign.local/human/ada', code, message: 'no' } } as unknown as Event;
    const record = { topic: 'approvals', partition: 2, offset: 18, timestamp: 0, sha256: sha256('refused'), known: { value: Buffer.from(''), event } };
    expect(alarming({ records: [record], rejected: [], passedOver: [] })).toHaveLength(count);
  });

  it.each([
    ['hash.mismatch', 1],
    ['vote.invalid', 1],
    ['used', 1],
    ['reservation.too-small', 1],
    ['expired', 0],
    ['mode', 0],
    ['killed', 0],
    ['key.wrong', 0],
  ])('is raised for a grant that was refused for %s only where policy would not have written it', (code, count) => {
    const event = { type: 'countersign.grant.refused', data: { code, message: 'why' } } as unknown as Event;
    const record = { topic: 'executions', partition: 2, offset: 18, timestamp: 0, sha256: sha256('refused'), known: { value: Buffer.from(''), event } };
    expect(alarming({ records: [record], rejected: [], passedOver: [] }).map((alarm) => `${alarm.code} ${alarm.message}`)).toEqual(count > 0 ? [`GRANT_REFUSED ${code}: why`] : []);
  });

  it('is one event however often the record is read', () => {
    expect(alarmOf(REJECTED, NOW).id).toBe(alarmOf(REJECTED, (NOW + 60_000) as Instant).id);
    expect(alarmOf(REJECTED, NOW).id).not.toBe(alarmOf({ ...REJECTED, offset: 18 }, NOW).id);
  });

  it('names the record as its cause and fits the catalogue', () => {
    const alarm = alarmOf(REJECTED, NOW);
    expect(() => encodeEvent(alarm)).not.toThrow();
    expect(alarm.causes).toContain(`@decisions/2/17#${sha256('x')}`);
    expect(alarm).not.toHaveProperty('tenant');
  });

  it('has the hash of nothing for a record without a value', () => {
    const { sha256: _, ...withoutValue } = REJECTED;
    expect(alarmOf(withoutValue, NOW).data.sha256).toBe(sha256(''));
  });

  it('is one for all records of one code, with the first, the last and how many there were', () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ ...REJECTED, offset: 17 + 2 * at }));
    const alarms = alarmsOf([...many, { ...REJECTED, offset: 18, code: 'SIGNER_WRONG' }], NOW);
    expect(alarms.map(({ data: { code, offset, count, lastOffset } }) => [code, offset, count, lastOffset])).toEqual([
      ['SIGNATURE_INVALID', 17, 500, 1_015],
      ['SIGNER_WRONG', 18, 1, 18],
    ]);
    expect(new Set(alarms.map(({ id }) => id)).size).toBe(2);
  });
});
