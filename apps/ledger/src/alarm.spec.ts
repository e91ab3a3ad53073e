import { describe, expect, it } from 'vitest';
import { encodeEvent, type Event } from '@countersign/contracts';
import { sha256, type Instant } from '@countersign/kernel';
import { alarming, alarmOf } from './alarm.js';

const REJECTED = { topic: 'decisions', partition: 2, offset: 17, timestamp: 0, code: 'SIGNATURE_INVALID', message: 'the signature does not cover the record as it stands here', sha256: sha256('x') } as const;
const NOW = 1_767_323_045_000 as Instant;

describe('an alarm', () => {
  it('is raised for what honest writers never write', () => {
    for (const code of ['SIGNATURE_MISSING', 'SIGNATURE_INVALID', 'SIGNER_UNKNOWN', 'SIGNER_WRONG', 'EVENT_MISPLACED', 'SEQUENCE_BROKEN'] as const) expect(alarming({ records: [], rejected: [{ ...REJECTED, code }] })).toHaveLength(1);
    for (const code of ['JSON_INVALID', 'EVENT_TYPE_UNKNOWN', 'EVENT_INVALID', 'EVENT_TOO_LARGE', 'HANDLER_FAILED'] as const) expect(alarming({ records: [], rejected: [{ ...REJECTED, code }] })).toEqual([]);
  });

  it.each([
    ['engine.unavailable', 'the policy engine gave no answer', [{ code: 'ENGINE_UNAVAILABLE', message: '`engine`: the policy engine gave no answer', topic: 'decisions', partition: 2, offset: 18, sha256: sha256('denied') }]],
    ['engine.error', 'the rule could not be evaluated', [{ code: 'ENGINE_UNAVAILABLE', message: '`engine`: the rule could not be evaluated', topic: 'decisions', partition: 2, offset: 18, sha256: sha256('denied') }]],
    ['rule.forbids', 'rows is above 1000', []],
  ])('is raised for a denial because of %s only where no rule made it', (code, message, expected) => {
    const event = { type: 'countersign.action.denied', data: { reasons: [{ rule: 'engine', code, message }] } } as unknown as Event;
    const record = { topic: 'decisions', partition: 2, offset: 18, timestamp: 0, sha256: sha256('denied'), known: { value: Buffer.from(''), event } };
    expect(alarming({ records: [record], rejected: [] })).toEqual(expected);
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
});
