import { describe, expect, it } from 'vitest';
import { CountersignError, sha256 } from '@countersign/kernel';
import type { Project, ProjectionBatch } from '@countersign/read-model';
import { Projector } from './projector.js';

const batch = (topic: string, count = 1): ProjectionBatch => ({
  topic,
  partition: 0,
  from: 0,
  next: count,
  reader: '',
  records: Array.from({ length: count }, (_, offset) => ({ topic, partition: 0, offset, timestamp: 0, sha256: sha256('') })),
  rejected: [],
});

/** A PostgreSQL that answers when it is told to. */
const slowly = (): { readonly project: Project; readonly transactions: string[][]; readonly answer: (fault?: unknown) => void } => {
  const transactions: string[][] = [];
  const open: PromiseWithResolvers<void>[] = [];
  return {
    transactions,
    project: (batches) => {
      transactions.push(batches.map(({ topic }) => topic));
      const done = Promise.withResolvers<void>();
      open.push(done);
      return done.promise;
    },
    answer: (fault) => {
      const done = open.shift();
      if (fault === undefined) done?.resolve();
      else done?.reject(fault);
    },
  };
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the projector', () => {
  it('takes what arrives during a transaction into the next one together', async () => {
    const { project, transactions, answer } = slowly();
    const projector = new Projector(project, new AbortController().signal);
    const added = [projector.add(batch('tasks')), projector.add(batch('proposals')), projector.add(batch('decisions'))];
    expect(transactions).toEqual([['tasks']]);
    answer();
    await settled();
    expect(transactions).toEqual([['tasks'], ['proposals', 'decisions']]);
    answer();
    await Promise.all(added);
    const later = projector.add(batch('approvals'));
    answer();
    await later;
    expect(transactions.at(-1)).toEqual(['approvals']);
  });

  it('resolves nothing before its transaction is committed', async () => {
    const { project, answer } = slowly();
    let isDone = false;
    const added = new Projector(project, new AbortController().signal).add(batch('tasks')).then(() => (isDone = true));
    await settled();
    expect(isDone).toBe(false);
    answer();
    await added;
  });

  it('keeps transactions small, and takes a batch that is too large alone', async () => {
    const { project, transactions, answer } = slowly();
    const projector = new Projector(project, new AbortController().signal);
    const added = [projector.add(batch('first')), projector.add(batch('large', 5_000)), projector.add(batch('half', 1_500)), projector.add(batch('other', 1_500))];
    for (const _ of added) {
      answer();
      await settled();
    }
    await Promise.all(added);
    expect(transactions).toEqual([['first'], ['large'], ['half'], ['other']]);
  });

  it('lets one batch fail alone', async () => {
    const fault = new CountersignError('DATABASE_REFUSED', 'refused');
    const project: Project = (batches) => (batches.some(({ topic }) => topic === 'bad') ? Promise.reject(fault) : Promise.resolve());
    const projector = new Projector(project, new AbortController().signal);
    const [first, bad, good] = [projector.add(batch('first')), projector.add(batch('bad')), projector.add(batch('good'))];
    await expect(bad).rejects.toBe(fault);
    await expect(Promise.all([first, good])).resolves.toHaveLength(2);
  });
});
