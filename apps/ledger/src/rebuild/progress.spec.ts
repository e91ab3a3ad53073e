import { describe, expect, it } from 'vitest';
import { progressOf } from './progress.js';

const EXTENTS = [
  { topic: 'tasks', partition: 0, start: 10, end: 20 },
  { topic: 'tasks', partition: 1, start: 0, end: 0 },
  { topic: 'proposals', partition: 0, start: 0, end: 30 },
];

const at = (topic: string, partition: number, nextOffset: number) => ({ topic, partition, nextOffset, reader: '' });

describe('the progress of a rebuild', () => {
  it('counts what was read of what was there when it began', () => {
    expect(progressOf(EXTENTS, [])).toEqual({ done: 0, total: 40, isDone: false });
    expect(progressOf(EXTENTS, [at('tasks', 0, 15), at('proposals', 0, 3)])).toEqual({ done: 8, total: 40, isDone: false });
  });

  it('is at its end although more has come since, and although a partition was always empty', () => {
    expect(progressOf(EXTENTS, [at('tasks', 0, 25), at('proposals', 0, 30)])).toEqual({ done: 40, total: 40, isDone: true });
  });
});
