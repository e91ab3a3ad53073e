import { describe, expect, it } from 'vitest';
import { millis } from '@countersign/kernel';
import { dueAfter } from './cadence.js';

describe('a checkpoint is due', () => {
  it('within a second where what was lost could be done again, or go on although somebody had stopped it', () => {
    expect(['controls', 'decisions', 'approvals', 'anchor'].map((topic) => dueAfter(topic))).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  it('within half a minute elsewhere, and sooner where an installation asks for it, never later', () => {
    expect([dueAfter('executions'), dueAfter('executions', millis(200)), dueAfter('controls', millis(200)), dueAfter('controls', millis(60_000))]).toEqual([30_000, 200, 200, 1_000]);
  });
});
