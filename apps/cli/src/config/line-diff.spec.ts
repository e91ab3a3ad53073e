import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines, hunks } from './line-diff.js';

const text = (lines: readonly { readonly sign: string; readonly text: string }[]): string[] => lines.map(({ sign, text: line }) => `${sign}${line}`);

describe('a comparison of lines', () => {
  it('keeps what is common', () => {
    expect(text(diffLines(['a', 'b', 'c'], ['a', 'x', 'c']))).toEqual([' a', '-b', '+x', ' c']);
  });

  it('shows kept lines around changes only', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8'];
    const lines = hunks(diffLines(before, ['1', 'x', '3', '4', '5', '6', '7', 'y']), 1);
    expect(lines.map((line) => (line ? `${line.sign}${line.text}` : '...'))).toEqual([' 1', '-2', '+x', ' 3', '...', ' 7', '-8', '+y']);
  });

  it('is empty for the same lines', () => {
    expect(hunks(diffLines(['a'], ['a']), 3)).toEqual([]);
  });

  it('makes one list of the other, whatever they are', () => {
    const line = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 12 }), (before, after) => {
        const lines = diffLines(before, after);
        expect(lines.filter(({ sign }) => sign !== '+').map((each) => each.text)).toEqual(before);
        expect(lines.filter(({ sign }) => sign !== '-').map((each) => each.text)).toEqual(after);
      }),
    );
  });
});
