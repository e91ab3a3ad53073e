import { describe, expect, it } from 'vitest';
import type { KeyId } from '@countersign/kernel';
import { Door } from './admission.js';
import type { LogRecord, TopicPartition } from './broker.js';
import { WHOLE_LOG } from './log-reader.js';
import { ToyWire } from './memory/schedule/toy-wire.fixture.js';
import { newStats } from './stats.js';
import type { Elapsed } from './steady-clock.js';
import { formatMark, HIGH_WATER, LOW_WATER, TopicQueue } from './topic-queue.js';

const NOW = 1_000 as Elapsed;
const target: TopicPartition = { topic: 'ns.proposals', partition: 0 };

const recordOf = (offset: number, signature: string, value: object): LogRecord => ({
  ...target,
  offset,
  timestamp: NOW,
  key: null,
  value: Buffer.from(JSON.stringify({ causes: '', ...value })),
  headers: { 'cs-sig': Buffer.from(signature) },
});
const claim = recordOf(0, 'k claim 0', { data: { after: -1, key: 'k', instance: 'x' } });
const event = (offset: number): LogRecord => recordOf(offset, `k 0 ${offset - 1}`, { data: { n: offset } });

const open = () => {
  const told: string[] = [];
  const stats = newStats();
  const tap = { pause: () => void told.push('pause'), resume: () => void told.push('resume') };
  const queue = new TopicQueue('proposals', target, new Door('proposals', 'claimed', new ToyWire('k' as KeyId), stats), tap, { offset: 0, reader: WHOLE_LOG, redriven: -1 });
  queue.open();
  return { queue, told, stats };
};

/** As a broker hands it over: all that lies from the first record on, up to the last unless `next` says that nothing lies behind it. */
const push = (queue: TopicQueue, records: readonly LogRecord[], next = (records.at(-1)?.offset ?? 0) + 1, from = records[0]?.offset ?? next): boolean => queue.push(records, { from, next }, NOW);

const takenOffset = (queue: TopicQueue): number | undefined => {
  const head = queue.peek();
  queue.take();
  return head?.kind === 'event' ? head.received.offset : undefined;
};

describe('the queue of a topic partition', () => {
  it('gives events one by one, and passes over claims', () => {
    const { queue } = open();
    push(queue, [claim, event(1), event(2)]);
    expect([takenOffset(queue), takenOffset(queue), takenOffset(queue)]).toEqual([1, 2, undefined]);
    expect(queue.position).toBe(3);
  });

  it('gives everything again that was taken and not settled, and reads it the same way', () => {
    const { queue, stats } = open();
    push(queue, [claim, event(1), event(2), event(3)]);
    takenOffset(queue);
    queue.settle();
    takenOffset(queue);
    queue.peek();
    queue.rewind();
    expect([takenOffset(queue), takenOffset(queue)]).toEqual([2, 3]);
    expect(stats.duplicates).toBe(0);
  });

  it('has a mark only for what is settled, with the reader as it was there', () => {
    const { queue } = open();
    push(queue, [claim, event(1), event(2)]);
    takenOffset(queue);
    queue.peek();
    expect(queue.mark.offset).toBe(0);
    expect(queue.uncommitted()).toBeUndefined();
    queue.settle();
    expect(formatMark(queue.mark)).toBe('{"e":0,"s":1,"k":"k"}');
    const settled = queue.uncommitted();
    expect(settled && queue.commitOf(settled.mark)).toEqual({ ...target, offset: 2, metadata: '{"e":0,"s":1,"k":"k"}' });
    if (settled) queue.noteCommitted(settled.mark);
    expect(queue.uncommitted()).toBeUndefined();
  });

  it('drops what it has, and asks for what is missing', () => {
    const { queue } = open();
    expect(push(queue, [claim, event(1)])).toBe(true);
    expect(push(queue, [event(1), event(2)])).toBe(true);
    expect(push(queue, [event(4)])).toBe(false);
    expect(queue.nextToPush).toBe(3);
    expect([takenOffset(queue), takenOffset(queue), takenOffset(queue)]).toEqual([1, 2, undefined]);
  });

  it('knows offsets that hold nothing from records that are missing', () => {
    const { queue } = open();
    expect(push(queue, [claim, event(1)], 4)).toBe(true);
    expect(push(queue, [event(6)], 8, 4)).toBe(true);
    expect(push(queue, [], 10, 8)).toBe(true);
    expect(push(queue, [], 9, 7)).toBe(true);
    expect(push(queue, [], 12, 11)).toBe(false);
    expect(queue.nextToPush).toBe(10);
    expect(takenOffset(queue)).toBe(1);
    expect(queue.position).toBe(2);
    queue.settle();
    // What lies in between is nothing to wait for.
    queue.peek();
    expect(queue.position).toBe(6);
    queue.rewind();
    expect(queue.position).toBe(2);
    queue.peek();
    queue.take();
    expect(queue.position).toBe(7);
    expect(queue.peek()).toBeUndefined();
    expect(queue.position).toBe(10);
    queue.settle();
    expect(queue.mark.offset).toBe(10);
  });

  it('stops its broker when it is full, and lets it go on when most is settled', () => {
    const { queue, told } = open();
    push(queue, [claim, ...Array.from({ length: HIGH_WATER }, (_, at) => event(at + 1))]);
    expect(told).toEqual(['resume', 'pause']);
    for (let left = HIGH_WATER; left > LOW_WATER; left -= 1) takenOffset(queue);
    expect(told).toEqual(['resume', 'pause']);
    queue.settle();
    expect(told).toEqual(['resume', 'pause', 'resume']);
  });

  it('is full of a few large records too', () => {
    const { queue, told } = open();
    push(queue, [claim, ...Array.from({ length: 100 }, (_, at) => recordOf(at + 1, `k 0 ${at}`, { data: { text: 'x'.repeat(48_000) } }))]);
    expect(told).toEqual(['resume', 'pause']);
  });

  it('remembers a redrive once it is settled', () => {
    const { queue } = open();
    queue.redrive(7);
    queue.rewind();
    expect(queue.redriven).toBe(-1);
    queue.redrive(7);
    queue.settle();
    expect(formatMark(queue.mark)).toBe('{"e":-1,"s":0,"r":7}');
  });
});
