import { describe, expect, it } from 'vitest';
import { FILLING, type Position } from '@countersign/read-model';
import { LogPositions } from './log-positions.js';

const TASKS = { topic: 'tasks', partition: 1 };

const given = (known: readonly Position[], log: { readonly start: number; readonly end: number }) => {
  const begun: Position[] = [];
  const skipped: Position[] = [];
  const lost: [number, number][] = [];
  const asked: string[] = [];
  const positions = new LogPositions({
    model: {
      positions: () => Promise.resolve(known),
      begin: (places) => Promise.resolve(void begun.push(...places)),
      skip: (places) => Promise.resolve(void skipped.push(...places)),
    },
    broker: {
      offsets: ({ topic }) => {
        asked.push(topic);
        return Promise.resolve(log);
      },
    },
    namespace: 'countersign',
    onLost: ({ nextOffset }, start) => lost.push([nextOffset, start]),
  });
  return { positions, begun, skipped, lost, asked };
};

describe('where the ledger goes on', () => {
  it('is the end of the read model, with what the reader knew there', async () => {
    const { positions, begun, asked } = given([{ ...TASKS, nextOffset: 7, reader: '{"e":3,"s":2}' }], { start: 0, end: 10 });
    expect(await positions.of([TASKS])).toEqual([{ ...TASKS, offset: 7, metadata: '{"e":3,"s":2}' }]);
    expect(asked).toEqual(['countersign.tasks']);
    expect(begun).toEqual([]);
  });

  it('is the start of the log for what the model has never read, and never what a group committed', async () => {
    const { positions, begun } = given([{ topic: 'tasks', partition: 0, nextOffset: 9, reader: '' }], { start: 4, end: 10 });
    expect(await positions.of([TASKS])).toEqual([{ ...TASKS, offset: 4, metadata: '' }]);
    expect(begun).toEqual([{ ...TASKS, nextOffset: 4, reader: '' }]);
  });

  it('is behind what Kafka has lost, and that is told', async () => {
    const { positions, skipped, lost } = given([{ ...TASKS, nextOffset: 3, reader: '{"e":1,"s":0}' }], { start: 6, end: 10 });
    expect(await positions.of([TASKS])).toEqual([{ ...TASKS, offset: 6, metadata: '' }]);
    expect(skipped).toEqual([{ ...TASKS, nextOffset: 6, reader: '' }]);
    expect(lost).toEqual([[3, 6]]);
  });

  it('is not known yet while the model is filled from the archive: what Kafka has no more is still to come from there', async () => {
    const { positions, skipped } = given([{ ...TASKS, nextOffset: 3, reader: FILLING }], { start: 6, end: 10 });
    await expect(positions.of([TASKS])).rejects.toMatchObject({ code: 'POSITION_GAP', retry: 'later' });
    expect(skipped).toEqual([]);
  });

  it('is refused where the model was made of another log', async () => {
    const { positions } = given([{ ...TASKS, nextOffset: 11, reader: '' }], { start: 0, end: 10 });
    await expect(positions.of([TASKS])).rejects.toMatchObject({ code: 'LOG_TRUNCATED', hint: expect.stringContaining('rebuild') as string });
  });
});
