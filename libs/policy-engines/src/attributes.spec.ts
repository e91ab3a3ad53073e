import { describe, expect, it } from 'vitest';
import { attributesOf } from './attributes.js';

const tool = {
  attributes: {
    amount_usd: { arg: '/amount_cents', unit: 'usd-cents' },
    rows: { arg: '/filter/rows', unit: 'count' },
    recipient: { arg: '/to/0', unit: 'text' },
  },
} as const;

describe('the attributes of a call', () => {
  it('are read where the contract maps them', () => {
    expect(attributesOf(tool, { amount_cents: 1_200, filter: { rows: 3 }, to: ['ada@example.com', 'bob@example.com'] })).toEqual({
      values: { amount_usd: 1_200, rows: 3, recipient: 'ada@example.com' },
      invalid: [],
    });
  });

  it('leave out what the call does not give', () => {
    expect(attributesOf(tool, { amount_cents: 0 })).toEqual({ values: { amount_usd: 0 }, invalid: [] });
  });

  it('take zero and the largest safe integer', () => {
    expect(attributesOf(tool, { amount_cents: 0, filter: { rows: 9_007_199_254_740_991 } }).invalid).toEqual([]);
  });

  it.each([
    ['a fraction', 12.5],
    ['a negative amount', -1],
    ['an amount beyond 2^53', 9_007_199_254_740_992],
    ['an amount as text', '1200'],
    ['null', null],
    ['a flag', true],
    ['a list', [1_200]],
    ['an object that an engine could take for a value of its own', { __extn: { fn: 'decimal', arg: '1.0' } }],
  ])('call %s invalid', (_, amount_cents) => {
    expect(attributesOf(tool, { amount_cents })).toEqual({ values: {}, invalid: ['amount_usd'] });
  });

  it('call a text with half a surrogate pair invalid', () => {
    expect(attributesOf(tool, { to: ['\udc00'] }).invalid).toEqual(['recipient']);
  });

  it('are not read from what an object inherits', () => {
    expect(attributesOf({ attributes: { name: { arg: '/constructor/name', unit: 'text' } } }, {})).toEqual({ values: {}, invalid: [] });
  });
});
