import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '@countersign/archive';
import { generateKey, humanPrincipal, rawPublicKeyOf, type Root } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import { randomOf } from '../support/random.ts';
import { casesOf, find, isCaught, subjectOf, type Case, type Subject } from './judge.ts';
import { KINDS } from './kinds.ts';
import { PARTITIONS } from './signed-log.ts';

const SEED = 20_261_129;
const CASES = 4;

describe('an archive', () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await subjectOf(randomOf(SEED));
  });

  it('that is intact has no fault, however it came about', async () => {
    expect(await find(subject.archived.store, subject, { seen: subject.seen })).toEqual([]);
    for (const seed of [1, 2, 3]) {
      const other = await subjectOf(randomOf(seed), seed * 3);
      expect(await find(other.archived.store, other, { seen: other.seen })).toEqual([]);
    }
  });

  it('says nothing of whoever wrote it where the root file is that of others', async () => {
    const root: Root = { people: [{ subject: humanPrincipal('mallory'), publicKey: rawPublicKeyOf(generateKey()), roles: ['admin', 'operator'] }], quorum: { admin: 1, operator: 1 } };
    expect((await find(subject.archived.store, subject, { root }))[0]).toMatchObject({ log: 'controls/0', code: 'signature.unknown' });
  });

  it('of which somebody says that it has more partitions is not one in which nobody wrote anything', async () => {
    expect((await find(subject.archived.store, subject, { partitions: PARTITIONS + 1 }))[0]).toMatchObject({ code: 'event.misplaced' });
  });

  it('from which everything was taken is not intact', async () => {
    expect(await find(new MemoryStore(systemClock), subject)).toEqual([{ log: 'anchor/0', code: 'checkpoint.invalid', message: expect.stringContaining('nothing that is here was signed with that key') as string }]);
  });

  it('is tampered with in 40 ways at least, each of another name', () => {
    expect(new Set(KINDS.map(({ name }) => name)).size).toBe(KINDS.length);
    expect(KINDS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(KINDS.map((kind) => ({ ...kind, by: kind.toldBy === 'witness' ? 'a witness alone' : 'whoever has the key' })))('$name: told by $by', async (kind) => {
    const cases: Case[] = [];
    for await (const each of casesOf(subject, kind, CASES, SEED)) cases.push(each);
    expect(cases.length).toBeGreaterThan(0);
    expect(cases.filter((each) => !isCaught(each)).map(({ seed, changed, alone, witnessed }) => ({ seed, changed, alone, witnessed }))).toEqual([]);
  });
});
