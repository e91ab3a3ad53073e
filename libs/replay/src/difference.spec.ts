import { describe, expect, it } from 'vitest';
import { firstDifference } from './difference.js';

describe('the first difference', () => {
  it.each([
    ['equal values', { a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, undefined],
    ['a value that is another', { a: { b: 1 }, c: 2 }, { a: { b: 2 }, c: 3 }, { pointer: '/a/b', original: 1, replayed: 2 }],
    ['what is missing', { a: 1, b: 2 }, { a: 1 }, { pointer: '/b', original: 2 }],
    ['what is there besides', [1], [1, 2], { pointer: '/1', replayed: 2 }],
    ['a list in place of an object', { a: {} }, { a: [] }, { pointer: '/a', original: {}, replayed: [] }],
    ['nothing in place of a value', { a: null }, { a: 0 }, { pointer: '/a', original: null, replayed: 0 }],
    ['keys as pointers write them', { 'a/b~c': 1 }, { 'a/b~c': 2 }, { pointer: '/a~1b~0c', original: 1, replayed: 2 }],
  ])('of %s', (_, original, replayed, difference) => {
    expect(firstDifference(original, replayed)).toEqual(difference);
  });
});
