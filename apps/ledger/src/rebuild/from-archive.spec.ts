import { describe, expect, it } from 'vitest';
import { requireAsFar } from './from-archive.js';

const kafkaOf = (ends: Readonly<Record<string, number>>) => ({ offsets: ({ topic, partition }: { readonly topic: string; readonly partition: number }) => Promise.resolve({ start: 0, end: ends[`${topic}/${partition}`] ?? 0 }) });
const ENDS = [{ topic: 'tasks', partition: 0, size: 3, next: 3 }, { topic: 'decisions', partition: 1, size: 5, next: 7 }];

describe('a read model that is to be made of the archive', () => {
  it('is made beside a Kafka that has come as far, or further', async () => {
    await expect(requireAsFar(kafkaOf({ 'countersign.tasks/0': 3, 'countersign.decisions/1': 9 }), 'countersign', ENDS)).resolves.toBeUndefined();
  });

  it('is not made beside one that is empty, or behind: what fills it is named', async () => {
    for (const ends of [{}, { 'countersign.tasks/0': 3, 'countersign.decisions/1': 6 }]) {
      await expect(requireAsFar(kafkaOf(ends), 'countersign', ENDS)).rejects.toMatchObject({ code: 'LOG_TRUNCATED', hint: expect.stringContaining('dev up --restore') as string });
    }
  });
});
