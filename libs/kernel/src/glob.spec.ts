import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.js';

describe('a glob', () => {
  it.each([
    ['crm.export', 'crm.export', true],
    ['crm.export', 'crm.exports', false],
    ['*', 'crm.export', true],
    ['*.*delete*', 'crm.bulk-delete', true],
    ['*.*delete*', 'delete.all', false],
    ['crm.*', 'crm.a.b', true],
    ['a*a', 'a', false],
    ['*ab', 'aab', true],
  ])('%s matches %s: %s', (pattern, tool, expected) => {
    expect(matchesGlob(pattern, tool)).toBe(expected);
  });

  it('matches what the regular expression of the same meaning matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(matchesGlob(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('is matched in no time, whatever its stars', () => {
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(100_000))).toBe(false);
  });
});
