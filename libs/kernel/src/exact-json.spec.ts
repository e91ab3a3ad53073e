import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExactNumber, parseExactJson } from './exact-json.js';

describe('JSON that is read exactly', () => {
  it.each([
    ['9007199254740993', 'one above 2^53'],
    ['-9007199254740993', 'one below -2^53'],
    ['12345678901234567890', 'an id of 64 bits'],
    ['9007199254740993.0', 'an integer with a fraction of nothing'],
    ['9007199254740993e0', 'an integer with an exponent of nothing'],
    ['0.9007199254740993e16', 'an integer that its exponent makes'],
    ['1152921504606846976', '2^60, which would be written as 1152921504606847000'],
    ['123456789012345680000', 'one that is written again as it was, and is another in between'],
  ])('keeps %s as text and says where it is: %s', (number) => {
    expect(parseExactJson(`{"a/b":[{"n":${number}}],"m":1}`)).toEqual({ value: { 'a/b': [{ n: number }], m: 1 }, inexact: ['/a~1b/0/n'] });
  });

  it.each(['9007199254740991', '9007199254740992', '18014398509481984', '100000000000000000000', '-9007199254740992', '0.1234567890123456789', '1234567890.1234567', '1e23', '1.1805916207174113e+21', '1e400', '123456789012345', '0.0000000000000000000001', '10000000000000000e-1'])('takes %s for the number that it is', (number) => {
    expect(parseExactJson(`{"n":${number}}`)).toEqual({ value: { n: Number(number) }, inexact: [] });
  });

  it('is not misled by digits in texts, by names or by a whole document that is a number', () => {
    expect(parseExactJson('{"4111111111111111":"9007199254740993","n":1}')).toEqual({ value: { '4111111111111111': '9007199254740993', n: 1 }, inexact: [] });
    expect(parseExactJson('9007199254740993')).toEqual({ value: '9007199254740993', inexact: [''] });
    expect(parseExactJson('{"__proto__":{"n":9007199254740993}}').inexact).toEqual(['/__proto__/n']);
  });

  it('takes no longer for a number that is made to take long', () => {
    const began = performance.now();
    expect(parseExactJson(`[0.${'0'.repeat(1_000_000)}1]`)).toEqual({ value: [0], inexact: [] });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('throws for what is no JSON, with long digits or without', () => {
    expect(() => parseExactJson('{"n":')).toThrow(SyntaxError);
    expect(() => parseExactJson('{"n":09007199254740993}')).toThrow(SyntaxError);
  });

  it('takes what another JavaScript wrote, but for integers that were rounded there', () => {
    const isRounded = (number: number): boolean => Math.abs(number) > 2 ** 53 && Math.abs(number) < 1e21;
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !isRounded(number)), (number) => {
        expect(parseExactJson(JSON.stringify([number]))).toEqual({ value: [Number(JSON.stringify(number))], inexact: [] });
      }),
    );
  });

  it('tells an integer that is held and written again from one that is not', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 69n), max: 2n ** 69n }), (integer) => {
        expect(isExactNumber(String(integer))).toBe(BigInt(Number(integer)) === integer && String(Number(integer)) === String(integer));
      }),
    );
  });
});
