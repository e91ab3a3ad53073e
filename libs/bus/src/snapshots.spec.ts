import { describe, expect, it } from 'vitest';
import { seconds, type KeyId } from '@countersign/kernel';
import { silentLog } from './bus-log.js';
import { MemoryBroker } from './memory/memory-broker.js';
import { MemoryCluster } from './memory/memory-cluster.js';
import { MemoryProcess } from './memory/memory-process.js';
import { ToyWire } from './memory/schedule/toy-wire.fixture.js';
import { VirtualTime } from './memory/virtual-time.js';
import type { FoldPoint } from './output-fold.js';
import { CHUNK_BYTES, Snapshots } from './snapshots.js';
import { newStats } from './stats.js';

const TOPIC = { topic: 'ns.snapshots.planner', partition: 0 };
const point = (next: number): FoldPoint => ({
  next,
  reader: { epoch: next - 2, floor: next - 2, seq: 1, key: '00000000000000aa' as KeyId },
  claimant: 'me',
  watermarks: { tasks: 4 },
  redriven: { tasks: 1 },
});

const world = () => {
  const time = new VirtualTime(1);
  const cluster = new MemoryCluster(time);
  cluster.log.createTopic(TOPIC.topic, 1);
  const stats = newStats();
  const snapshotsOf = (stateVersion = 0, key = 'k'): Snapshots =>
    new Snapshots({ broker: new MemoryBroker(cluster, new MemoryProcess('p', time)), wire: new ToyWire(key as KeyId), namespace: 'ns', service: 'planner', stateVersion, stats, log: silentLog });
  const done = async <Result>(promise: Promise<Result>): Promise<Result> => {
    const settled = promise.finally(() => undefined);
    await time.run(seconds(5));
    return settled;
  };
  return { cluster, stats, snapshotsOf, done };
};

describe('snapshots', () => {
  it('are nothing where none was taken', async () => {
    const { snapshotsOf, done } = world();
    expect(await done(snapshotsOf().load(0))).toBeUndefined();
  });

  it('give back the state and everything around it, in chunks that Kafka takes', async () => {
    const { cluster, snapshotsOf, done } = world();
    const state = { text: 'ö'.repeat(CHUNK_BYTES) };
    expect(await done(snapshotsOf().save(0, point(10), state))).toBe(2 * CHUNK_BYTES + 11);
    const sizes = cluster.log.slice(TOPIC, 0, 100).map(({ value }) => value?.length ?? 0);
    expect(sizes).toHaveLength(4);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(CHUNK_BYTES);
    expect(await done(snapshotsOf().load(0))).toEqual({ point: point(10), frozen: state, bytes: 2 * CHUNK_BYTES + 11 });
  });

  it('are read from the one that reaches furthest', async () => {
    const { snapshotsOf, done } = world();
    const snapshots = snapshotsOf();
    for (const next of [10, 30, 20]) await done(snapshots.save(0, point(next), { next }));
    expect((await done(snapshotsOf().load(0)))?.frozen).toEqual({ next: 30 });
  });

  it('are found behind any number of chunks of one that was never finished', async () => {
    const { cluster, snapshotsOf, done } = world();
    await done(snapshotsOf().save(0, point(10), { n: 1 }));
    for (let nth = 0; nth < 100; nth += 1) cluster.log.append(TOPIC, [{ key: Buffer.from(`0/1/${nth}`), value: Buffer.from('x'), headers: {} }], 0);
    expect((await done(snapshotsOf().load(0)))?.frozen).toEqual({ n: 1 });
  });

  it('are passed over where a chunk is not what it was, and the one before counts', async () => {
    const { cluster, snapshotsOf, done } = world();
    const snapshots = snapshotsOf();
    await done(snapshots.save(0, point(10), { n: 1 }));
    await done(snapshots.save(0, point(20), { n: 2 }));
    // The log in memory hands out the bytes that it keeps.
    cluster.log.slice(TOPIC, 2, 1)[0]?.value?.write('3', 5);
    expect(String(cluster.log.slice(TOPIC, 2, 1)[0]?.value)).toBe('{"n":3}');
    expect((await done(snapshotsOf().load(0)))?.frozen).toEqual({ n: 1 });
  });

  it('do not overwrite the keys of the one before: compaction leaves that whole', async () => {
    const { cluster, snapshotsOf, done } = world();
    const snapshots = snapshotsOf();
    await done(snapshots.save(0, point(10), {}));
    await done(snapshots.save(0, point(20), {}));
    const restarted = snapshotsOf();
    await done(restarted.load(0));
    await done(restarted.save(0, point(30), {}));
    expect(cluster.log.slice(TOPIC, 0, 100).map(({ key }) => String(key))).toEqual(['0/0/0', '0/0', '0/1/0', '0/1', '0/0/0', '0/0']);
  });

  it('of another form of the state, or that nobody signed, are none', async () => {
    const { cluster, snapshotsOf, done } = world();
    await done(snapshotsOf(1).save(0, point(10), {}));
    expect(await done(snapshotsOf(2).load(0))).toBeUndefined();
    const [chunk, manifest] = cluster.log.slice(TOPIC, 0, 2);
    cluster.log.truncate(TOPIC, 2);
    for (const record of [chunk, manifest]) if (record) cluster.log.append(TOPIC, [{ key: record.key, value: record.value, headers: { 'cs-sig': 'somebody' } }], 0);
    expect(await done(snapshotsOf(1).load(0))).toBeUndefined();
  });

  it('that cannot be written are counted, and that is all', async () => {
    const { cluster, stats, snapshotsOf, done } = world();
    const snapshots = snapshotsOf();
    await done(snapshots.save(0, point(10), { n: 1 }));
    cluster.restart(seconds(3));
    expect(await done(snapshots.save(0, point(20), { n: 2 }))).toBeUndefined();
    expect(stats).toMatchObject({ snapshots: 1, snapshotFaults: 1 });
    expect((await done(snapshotsOf().load(0)))?.frozen).toEqual({ n: 1 });
  });
});
