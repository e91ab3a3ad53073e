import type { TopicPartition } from '@countersign/bus/client';
import { describe, expect, it } from 'vitest';
import { placesOf } from './copy-sources.js';
import { requireEmpty, waitText } from './sandbox.js';

const sandbox = { namespace: 'sbx-monday', partitions: 2 };
const topicsOf = (namespace: string, tenants: readonly string[]): readonly string[] => placesOf({ namespace, partitions: 2 }, tenants).map(({ topic }) => topic);
const brokerWith = (records: Readonly<Record<string, number>>) => ({
  offsets: ({ topic, partition }: TopicPartition) => Promise.resolve({ start: 0, end: records[`${topic}/${partition}`] ?? 0 }),
});

describe('a sandbox that is filled', () => {
  it('has topics that are empty, or were made just now', async () => {
    await expect(requireEmpty(brokerWith({}), sandbox, ['acme'], [])).resolves.toBeUndefined();
    // Who leads a topic that was just made is not known everywhere at once.
    await expect(requireEmpty({ offsets: () => Promise.reject(new Error('no leader yet')) }, sandbox, ['acme'], topicsOf('sbx-monday', ['acme']))).resolves.toBeUndefined();
  });

  it('is refused where it has records already, which would be there twice', async () => {
    await expect(requireEmpty(brokerWith({ 'sbx-monday.inbox.acme/1': 3 }), sandbox, ['acme'], [])).rejects.toMatchObject({ code: 'NAMESPACE_MISMATCH', message: '`sbx-monday.inbox.acme` has records already', hint: 'give another name, such as `--ns sbx-monday-2`, or delete the topics `sbx-monday.*`' });
  });

  it('says how long it waits for the next record', () => {
    expect(waitText(1_200, 5_000, 90_000)).toBe('1,200 of 5,000 records written, the next in 1m 30s');
    expect(waitText(1_200, 5_000, 400)).toBe('1,200 of 5,000 records written');
  });
});
