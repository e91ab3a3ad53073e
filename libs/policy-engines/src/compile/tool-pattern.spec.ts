import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers } from './tool-pattern.js';

describe('a tool pattern', () => {
  it.each([
    ['crm.export', 'crm.export', true],
    ['crm.export', 'crm.exports', false],
    ['*', 'crm.export', true],
    ['*.*delete*', 'crm.bulk-delete', true],
    ['*.*delete*', 'delete.all', false],
    ['crm.*', 'crm.a.b', true],
    ['a*a', 'a', false],
    ['*ab', 'aab', true],
  ])('%s covers %s: %s', (pattern, tool, expected) => {
    expect(covers(pattern, tool)).toBe(expected);
  });

  it('covers what the regular expression of the same meaning matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(covers(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('is matched in no time, whatever its stars', () => {
    expect(covers(`${'*a'.repeat(200)}b`, 'a'.repeat(100_000))).toBe(false);
  });
});
