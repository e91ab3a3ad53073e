import type { LogRecord } from '@countersign/bus/client';
import { describe, expect, it } from 'vitest';
import { NOW, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { letterObject, lettersTable, letterText } from './letter-text.js';
import { parseLetterId, type Letter } from './letters.js';

const letter = (value: Buffer | null, change: Partial<Letter> = {}): Letter => {
  const record: LogRecord = { topic: 'countersign.dlq.policy', partition: 0, offset: 17, timestamp: NOW, key: Buffer.from('acme/refund-desk'), value, headers: { 'cs-code': Buffer.from('EVENT_INVALID'), 'cs-sig': Buffer.from('v1.abc\u001b') } };
  return { id: 'policy/17', service: 'policy', code: 'EVENT_INVALID', message: '`/data/tool` must be string', topic: 'proposals', partition: 1, offset: 42, at: '2026-01-02T03:02:05.000Z', redriven: false, onLog: 'same', record, ...change };
};

describe('a dead letter', () => {
  it('shows why, where its record lies and the bytes of it', () => {
    expect(letterText(letter(Buffer.from('{"id":"x","data":{"tool":7}}')), viewOf())).toMatchInlineSnapshot(`
      "dead letter policy/17  EVENT_INVALID

        why     \`/data/tool\` must be string
        when    2m ago
        record  proposals/1/42
        key     acme/refund-desk
        cs-sig  v1.abc\\u001b
        again   countersign dlq redrive policy/17

      {
        "id": "x",
        "data": {
          "tool": 7
        }
      }"
    `);
  });

  it.each([
    [Buffer.from('not json\u001b[2J'), 'not json\\u001b[2J'],
    [Buffer.from([0xff, 0x00]), 'ff00'],
    [null, '(no value)'],
  ])('shows %j as %s', (value, text) => {
    expect(letterText(letter(value), viewOf()).split('\n\n').at(-1)).toBe(text);
  });

  it('is one line of a list, and says whether it was redriven', () => {
    expect(lettersTable([letter(null), letter(null, { id: 'policy/16', redriven: true })], viewOf(80))).toMatchInlineSnapshot(`
      "ID         WHEN    CODE                     RECORD          MESSAGE
      policy/17  2m ago  EVENT_INVALID            proposals/1/42  \`/data/tool\` must b…
      policy/16  2m ago  EVENT_INVALID, redriven  proposals/1/42  \`/data/tool\` must b…"
    `);
    expect(letterObject(letter(null))).toEqual({ id: 'policy/17', service: 'policy', at: '2026-01-02T03:02:05.000Z', code: 'EVENT_INVALID', message: '`/data/tool` must be string', record: { topic: 'proposals', partition: 1, offset: 42 }, redriven: false, onLog: 'same' });
  });

  it('says where it is not what lies on the log', () => {
    const forged = letter(null, { onLog: 'other' });
    expect(lettersTable([forged], viewOf())).toContain('proposals/1/42, not as on the log');
    expect(letterText(forged, viewOf())).toContain('record  proposals/1/42, not as on the log');
    expect(letterText(letter(null, { onLog: 'gone' }), viewOf())).toContain('record  proposals/1/42, gone from the log');
  });

  it.each(['policy', 'policy/', 'nobody/1', 'policy/-1', '../1'])('is not called %j', (id) => {
    expect(() => parseLetterId(id, viewOf(80))).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });
});
