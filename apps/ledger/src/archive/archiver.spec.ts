import { afterEach, describe, expect, it } from 'vitest';
import { blobPath, decodeLeaf, encodeLeaf, logPath, newArchiveKey } from '@countersign/archive';
import { sha256, systemClock } from '@countersign/kernel';
import { aTask, NAMESPACE, until } from '../ledger-world.spec-support.js';
import { ADA, ArchiveWorld, away, MovedStore } from './archive-world.spec-support.js';

describe('the archiver', () => {
  let world: ArchiveWorld;
  afterEach(() => world.close());

  it('takes every record of every topic into its log, and tells the anchor of each checkpoint', async () => {
    world = new ArchiveWorld();
    for (let number = 0; number < 30; number += 1) world.run(number);
    world.append('inbox', 1, [{ key: null, value: Buffer.from('not even JSON'), headers: {} }, { key: Buffer.from('k'), value: null, headers: { h: Buffer.from('x') } }]);
    world.append('controls', 0, [{ key: null, value: Buffer.from('{}'), headers: {} }]);
    await world.archive();
    await until(() => world.isWhole());
    const anchored = (await world.entriesOf('anchor', 0)).map((entry) => decodeLeaf(entry)).flatMap((leaf) => ('record' in leaf ? JSON.parse(leaf.record.value?.toString() ?? '') as { readonly data: { readonly topic: string; readonly checkpoint: string } } : []));
    expect(new Set(anchored.map(({ data }) => data.topic))).toEqual(new Set(['inbox.acme', 'controls', 'tasks', 'proposals']));
  });

  it('goes on where its archive ends, whoever wrote it', async () => {
    world = new ArchiveWorld();
    for (let number = 0; number < 5; number += 1) world.run(number);
    const first = await world.archive();
    await until(() => world.isWhole());
    await first.stop();
    for (let number = 5; number < 300; number += 1) world.run(number);
    await world.archive();
    await until(() => world.isWhole());
    expect(world.alarms).toEqual([]);
  });

  it('misses nothing and writes nothing twice where processes die while they write, two write at once, and the store fails at every point', async () => {
    world = new ArchiveWorld();
    let writes = 0;
    world.store.before = (path) => {
      if (path.endsWith('archive.json')) return;
      writes += 1;
      if (writes % 7 === 0) away();
    };
    for (let round = 0; round < 6; round += 1) {
      const one = await world.archive();
      const other = round % 2 === 0 ? await world.archive() : undefined;
      for (let number = 0; number < 60; number += 1) world.run(round * 60 + number);
      await until(() => Promise.resolve(writes > (round + 1) * 25));
      one.kill();
      if (round % 4 === 0) other?.kill();
      else await other?.stop();
    }
    world.store.before = () => undefined;
    await world.archive();
    await until(() => world.isWhole());
    expect(world.alarms.filter(({ halted }) => halted.fault.code !== 'ARCHIVE_UNREACHABLE')).toEqual([]);
  }, 60_000);

  it('stands still, and tells, where something else lies where it has to write; other logs go on', async () => {
    world = new ArchiveWorld();
    await world.store.create(`${logPath(NAMESPACE, 'tasks', 0)}/tile/entries/000.p/1`, Buffer.from('another'));
    const { partition } = world.write('tasks', { ...aTask(), trigger: undefined, type: 'countersign.task.submitted' });
    if (partition !== 0) await world.store.create(`${logPath(NAMESPACE, 'tasks', partition)}/tile/entries/000.p/1`, Buffer.from('another'));
    world.claim('proposals', 'planner', 0);
    await world.archive();
    await until(() => Promise.resolve(world.alarms.length > 0));
    expect(world.alarms).toMatchObject([{ topic: `${NAMESPACE}.tasks`, halted: { offset: 1, fault: { code: 'ARCHIVE_FORKED' } } }]);
    await until(async () => (await world.entriesOf('proposals', 0)).length === 1);
    expect(await world.entriesOf('tasks', partition)).toEqual([]);
  });

  it('stands still where other bytes lie where a record has to that is too large for its entry, and signs nothing over it', async () => {
    world = new ArchiveWorld();
    world.append('inbox', 1, [{ key: null, value: Buffer.alloc(100_000, 'x'), headers: {} }]);
    for (const record of world.records('inbox', 1)) await world.store.create(blobPath(sha256(encodeLeaf(record, -1).blob ?? '')), Buffer.from('another'));
    await world.archive();
    await until(() => Promise.resolve(world.alarms.length > 0));
    expect(world.alarms).toMatchObject([{ topic: `${NAMESPACE}.inbox.acme`, halted: { fault: { code: 'ARCHIVE_FORKED' } } }]);
    expect(await world.entriesOf('inbox.acme', 1)).toEqual([]);
  });

  it('stands still where Kafka has let go of what was not archived, or has less than was', async () => {
    world = new ArchiveWorld();
    for (let number = 0; number < 5; number += 1) world.run(number);
    const first = await world.archive();
    await until(() => world.isWhole());
    await first.stop();
    const other = new ArchiveWorld();
    Object.assign(other, { store: world.store, key: world.key });
    await other.archive();
    await until(() => Promise.resolve(other.alarms.length > 0));
    expect(other.alarms.every(({ halted }) => halted.fault.code === 'LOG_TRUNCATED')).toBe(true);
    await other.close();
  });

  it('stands still where the archive was set back since Kafka was told of a checkpoint, in each log that was', async () => {
    world = new ArchiveWorld();
    for (let number = 0; number < 3; number += 1) world.run(number);
    const first = await world.archive();
    await until(() => world.isWhole());
    const [before, sizes] = [world.store.copy(), await world.sizes()];
    for (let number = 3; number < 9; number += 1) world.run(number);
    await until(() => world.isWhole());
    const told = new Set(world.published.filter(({ topic }) => topic !== 'anchor').map(({ topic, partition }) => `${NAMESPACE}.${topic}/${partition}`));
    await first.stop();
    world.store = Object.assign(new MovedStore(systemClock), before);
    world.claim('decisions', 'policy', 0);
    await world.archive();
    await until(async () => (await world.entriesOf('decisions', 0)).length === 1);
    await until(() => Promise.resolve(world.alarms.length === told.size));
    expect(world.alarms.every(({ halted: { fault } }) => fault.code === 'ARCHIVE_FORKED' && fault.message.includes('is known to have had'))).toBe(true);
    expect(new Set(world.alarms.map(({ topic }) => topic))).toEqual(new Set([`${NAMESPACE}.tasks`, `${NAMESPACE}.proposals`]));
    expect(await world.sizes()).toEqual({ ...sizes, 'decisions/0': 1, 'anchor/0': expect.any(Number) as number });
  });

  it('writes the same entries, bundles and tiles with a clock that is an hour off', async () => {
    world = new ArchiveWorld();
    for (let number = 0; number < 700; number += 1) world.run(number);
    const objects: (readonly string[])[] = [];
    for (const skew of [0, 3_600_000, -3_600_000]) {
      world.store = new MovedStore(systemClock);
      world.key = newArchiveKey('ledger.example');
      const archiver = await world.archive({ skew });
      await until(() => world.isWhole());
      await archiver.stop();
      objects.push(await world.wholeObjects());
    }
    expect(objects[1]).toEqual(objects[0]);
    expect(objects[2]).toEqual(objects[0]);
    expect(objects[0]?.length).toBeGreaterThan(4);
    expect(world.alarms).toEqual([]);
  });

  describe('where a log stands still since Kafka has let go of what was not archived', () => {
    const BALLOTS = { topic: 'ballots', partition: 1 } as const;
    const ballot = (text: string) => ({ key: null, value: Buffer.from(JSON.stringify({ text })), headers: {} });
    const REASON = 'the bucket was away for too long';

    /** Three ballots are archived, two are lost, and two come then; gives the log as it was archived. */
    const standing = async () => {
      world = new ArchiveWorld();
      world.append(BALLOTS.topic, BALLOTS.partition, ['a', 'b', 'c'].map(ballot));
      const first = await world.archive();
      await until(async () => (await world.entriesOf(BALLOTS.topic, BALLOTS.partition)).length === 3);
      await first.stop();
      world.append(BALLOTS.topic, BALLOTS.partition, ['d', 'e'].map(ballot));
      world.cluster.log.truncate({ topic: `${NAMESPACE}.ballots`, partition: BALLOTS.partition }, 5);
      world.append(BALLOTS.topic, BALLOTS.partition, ['f', 'g'].map(ballot));
      await world.archive();
      await until(() => Promise.resolve(world.alarms.length > 0));
      expect(world.alarms).toMatchObject([{ topic: `${NAMESPACE}.ballots`, halted: { offset: 3, fault: { code: 'LOG_TRUNCATED' } } }]);
      const [log] = world.published.filter(({ topic, partition }) => topic === BALLOTS.topic && partition === BALLOTS.partition).toReversed();
      return { size: log?.checkpoint.size ?? 0, root: Buffer.from(log?.checkpoint.root ?? '').toString('hex') };
    };
    const second = async (): Promise<readonly string[]> => (await world.entriesOf(BALLOTS.topic, BALLOTS.partition, 1)).map((entry) => String(entry));
    const audited = async () => {
      await until(async () => {
        const { logs } = await world.audit();
        return logs.some(({ epoch }) => epoch === 1) && logs.every(({ topic, unanchored }) => topic === 'anchor' || unanchored === 0);
      });
      const audit = await world.audit();
      return { ...audit, ballots: audit.logs.filter(({ topic }) => topic === BALLOTS.topic) };
    };

    it('goes on into the next one when a person says so: both are verified, and what is missing is told', async () => {
      const { size, root } = await standing();
      world.end({ ...BALLOTS, epoch: 0, size, root, next: 3, begins: 5, reason: REASON });
      await until(async () => (await second()).length === 2);
      world.append(BALLOTS.topic, BALLOTS.partition, [ballot('h')]);
      await until(async () => (await second()).length === 3);
      const { faults, ballots } = await audited();
      expect(faults).toEqual([]);
      expect(ballots).toMatchObject([
        { epoch: 0, entries: 3 },
        { epoch: 1, entries: 3, begun: { at: 5, missing: 2, reason: REASON, by: ADA } },
      ]);
      expect(await world.entriesOf(BALLOTS.topic, BALLOTS.partition)).toHaveLength(3);
    });

    it.each([
      ['nobody has said so', undefined, 'ballots/1/e1', 'nobody has ended the log before it'],
      ['it has not the entries that it was ended with', { size: 2 }, 'ballots/1', 'it was ended with 2 entries, and has 3'],
      ['it leads to another root', { root: '3b'.repeat(32) }, 'ballots/1', 'it was ended with 3 entries, and has others'],
      ['it comes further than was said', { next: 2 }, 'ballots/1', 'it was ended before offset 2, and comes to 3'],
      ['the next one begins before it was to', { begins: 6 }, 'ballots/1/e1', 'it was to begin at offset 6, and begins at 5'],
    ])('is a fault where %s', async (_, told, log, message) => {
      const { size, root } = await standing();
      const end = { ...BALLOTS, epoch: 0, size, root, next: 3, begins: 5, reason: REASON };
      world.ended.push({ ...end, at: 0, by: ADA });
      if (told) world.tell({ ...end, ...told });
      world.renew();
      await until(async () => (await second()).length === 2);
      const { faults } = await audited();
      expect(faults).toMatchObject([{ log, code: 'epoch.broken', message }]);
    });

    it('stands still once more where Kafka lets go of records before the next one has begun', async () => {
      const { size, root } = await standing();
      world.cluster.log.truncate({ topic: `${NAMESPACE}.ballots`, partition: BALLOTS.partition }, 6);
      world.end({ ...BALLOTS, epoch: 0, size, root, next: 3, begins: 5, reason: REASON });
      await until(() => Promise.resolve(world.alarms.length > 1));
      expect(world.alarms.at(-1)).toMatchObject({ halted: { offset: 5, fault: { code: 'LOG_TRUNCATED' } } });
      expect(await second()).toEqual([]);
    });
  });
});
