import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './partition.js';

describe('partitioner', () => {
  /** Of Kafka's own UtilsTest, which cover every number of bytes after the last four. */
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
    ['1', -1993445489],
    ['123', -267702483],
    ['12345', -1188365604],
  ])('hashes `%s` as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('drops the sign as Kafka does, it does not negate', () => {
    expect(partitionOf('foobar', 1_000)).toBe((-790332482 & 0x7fffffff) % 1_000);
    expect(partitionOf(Buffer.from('abc'), 12)).toBe(479470107 % 12);
  });

  it('hashes a slice of a larger buffer by its own bytes', () => {
    expect(murmur2(Buffer.from('xxabcyy').subarray(2, 5))).toBe(479470107);
  });
});
