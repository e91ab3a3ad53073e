import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus';
import { copyOf, inOrderOfTime } from './copies.js';

const record = (topic: string, offset: number, timestamp: number): LogRecord => ({ topic: `countersign.${topic}`, partition: 1, offset, timestamp, key: Buffer.from('acme/desk'), value: Buffer.from('{}'), headers: { 'cs-sig': Buffer.from('v1.signature'), 'content-type': Buffer.from('json') } });

describe('a copy of a record', () => {
  it('has key and value of the original, says where that lies and when it was stamped, and bears no signature that holds', () => {
    expect(copyOf(record('tasks', 7, 1_767_323_045_000))).toEqual({
      key: Buffer.from('acme/desk'),
      value: Buffer.from('{}'),
      headers: { 'content-type': Buffer.from('json'), 'cs-orig-sig': Buffer.from('v1.signature'), 'x-replay-of': 'countersign.tasks/1/7', 'x-replay-time': '1767323045000' },
    });
  });
});

describe('records of several logs', () => {
  it('come in the order of time, and those of one log in their own', () => {
    const [one, other] = [[record('tasks', 0, 5), record('tasks', 1, 5)], [record('proposals', 0, 4), record('proposals', 1, 6)]];
    expect(inOrderOfTime([one, other]).map(({ topic, offset }) => `${topic}/${offset}`)).toEqual(['countersign.proposals/0', 'countersign.tasks/0', 'countersign.tasks/1', 'countersign.proposals/1']);
  });
});
