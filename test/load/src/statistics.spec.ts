import { describe, expect, it } from 'vitest';
import { median, percentile, ratios, spread } from './statistics.js';

const TEN = [7, 3, 10, 1, 9, 2, 8, 4, 6, 5];

describe('the figures of several rounds', () => {
  it.each([
    [0.5, 5],
    [0.99, 10],
    [0.9, 9],
    [0.91, 10],
    [0, 1],
    [1, 10],
  ])('have at share %d the smallest value that so many do not exceed', (share, value) => {
    expect(percentile(TEN, share)).toBe(value);
  });

  it('have the value in the middle as their median, or the mean of the two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median(TEN)).toBe(5.5);
  });

  it('are not a number where nothing was measured', () => {
    expect(percentile([], 0.5)).toBeNaN();
    expect(median([])).toBeNaN();
  });

  it('tell their spread', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it('are compared within a round', () => {
    expect(ratios([10, 30], [20, 40])).toEqual([0.5, 0.75]);
  });

  it('leaves what it is given in its order', () => {
    const values = [3, 1, 2];
    median(values);
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });
});
