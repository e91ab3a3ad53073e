import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.js';

describe('a suggestion', () => {
  it('is the nearest word, whatever its case, and nothing where none is near', () => {
    expect(nearest('quorom', ['tier', 'quorum', 'roles'])).toBe('quorum');
    expect(nearest('Rows', ['tool', 'rows'])).toBe('rows');
    expect(nearest('colour', ['tier', 'quorum', 'roles'])).toBeUndefined();
  });
});
