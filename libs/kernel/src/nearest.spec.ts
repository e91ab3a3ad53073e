import { describe, expect, it } from 'vitest';
import { isSlipOf, nearest } from './nearest.js';

describe('a suggestion', () => {
  it('is the nearest word, whatever its case, and nothing where none is near', () => {
    expect(nearest('quorom', ['tier', 'quorum', 'roles'])).toBe('quorum');
    expect(nearest('Rows', ['tool', 'rows'])).toBe('rows');
    expect(nearest('colour', ['tier', 'quorum', 'roles'])).toBeUndefined();
  });
});

describe('a slip', () => {
  it.each(['histroy', 'History', 'histry', 'historyy', 'hisotry', 'xistory', 'ihstory'])('of `history` is `%s`', (word) => expect(isSlipOf(word, 'history')).toBe(true));
  it.each(['story', 'histories', 'category', ''])('of `history` is not `%s`', (word) => expect(isSlipOf(word, 'history')).toBe(false));
  it('of a short word is another case only', () => {
    expect(isSlipOf('At', 'at')).toBe(true);
    expect(['act', 'cat', 'iat', 'as', 'ta'].filter((word) => isSlipOf(word, 'at'))).toEqual([]);
  });
});
