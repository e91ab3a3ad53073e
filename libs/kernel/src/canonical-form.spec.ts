import { isDeepStrictEqual } from 'node:util';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalForm, canonicalJson } from './canonical-form.js';

const keys = fc.oneof(fc.string(), fc.constantFrom('10', '9', '__proto__', 'constructor', '€', '\u{1f600}', 'a', 'b', ''));
const anything = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(-0, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, null, true, false, undefined),
    fc.array(tie('value')),
    fc.dictionary(keys, tie('value')),
    fc.dictionary(keys, tie('value'), { noNullPrototype: false }),
  ),
})).value;

describe('the canonical form', () => {
  it('has the text that the library writes, whatever the value', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, anything), (value) => {
        expect(canonicalForm(value).text).toBe(canonicalize(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('has the value that its readers parse, in the same order', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, anything), (value) => {
        const form = canonicalForm(value);
        const read: unknown = JSON.parse(form.text);
        expect(isDeepStrictEqual(form.value, read)).toBe(true);
        expect(JSON.stringify(form.value)).toBe(JSON.stringify(read));
      }),
    );
  });

  it('shares nothing with what it was made of', () => {
    const given = { args: { list: [{ a: 1 }] } };
    const { value } = canonicalForm(given);
    given.args.list.push({ a: 2 });
    expect(value).toEqual({ args: { list: [{ a: 1 }] } });
  });

  it('takes what is deep, and what says its own form', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 1_000; depth += 1) deep = [deep];
    expect(canonicalJson(deep)).toBe(canonicalize(deep));
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });
});
