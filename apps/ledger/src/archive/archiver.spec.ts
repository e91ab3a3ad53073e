import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveWriter, decodeLeaf, encodeLeaf, initArchive, logPath, logSigner, MemoryStore, newArchiveKey, verifyLog } from '@countersign/archive';
import { freeRunning, MemoryBroker, MemoryProcess, type LogRecord } from '@countersign/bus';
import { auditArchive, type Audit } from '@countersign/audit';
import { encodeEvent, FLOW, newEvent, partitionCountOf, TOPICS, type EventData, type Topic } from '@countersign/contracts';
import { endedLog, logEpochOf, type EndedLog } from '@countersign/domain';
import { CountersignError, millis, seconds, systemClock, type Principal } from '@countersign/kernel';
import { encodeVerifier } from '@countersign/tlog';
import { OwnEventWriter } from '../adapters/own-event-writer.js';
import { aTask, LedgerWorld, NAMESPACE, PARTITIONS, until } from '../ledger-world.spec-support.js';
import type { Halted, Published } from './archived-partition.js';
import { Archiver } from './archiver.js';
import { checkpointEvent } from './checkpoint-event.js';

const KEY = newArchiveKey('ledger.example');
const TENANT = 'acme';
const ADA = 'spiffe://countersign.local/human/ada' as Principal;

/** A store that does what the test says with the next writes. */
class MovedStore extends MemoryStore {
  /** Called before each write with its path; what it throws is the store's fault. */
  before: (path: string) => void = () => undefined;

  override async create(...args: Parameters<MemoryStore['create']>): Promise<boolean> {
    this.before(args[0]);
    return super.create(...args);
  }

  override async replace(...args: Parameters<MemoryStore['replace']>): Promise<void> {
    this.before(args[0]);
    return super.replace(...args);
  }
}

const away = (): never => {
  throw new CountersignError('ARCHIVE_UNREACHABLE', 'the store is away', { retry: 'later' });
};

class ArchiveWorld extends LedgerWorld {
  readonly store = new MovedStore(systemClock);
  readonly published: Published[] = [];
  readonly alarms: { readonly topic: string; readonly halted: Halted }[] = [];
  backs = 0;
  /** Logs that people have ended. */
  readonly ended: EndedLog[] = [];
  private readonly archivers = new Set<Archiver>();
  private started = 0;
  private readonly stops: (() => Promise<void>)[] = [];

  async archive(): Promise<{ stop(): Promise<void>; kill(): void }> {
    const process = new MemoryProcess(`archiver-${(this.started += 1)}`, freeRunning);
    const broker = new MemoryBroker(this.cluster, process);
    await initArchive(this.store, { key: KEY, namespace: NAMESPACE, partitions: PARTITIONS, lock: null });
    const archive = await ArchiveWriter.open(this.store, NAMESPACE, KEY, systemClock);
    const writer = new OwnEventWriter({ broker, wire: this.wire('ledger'), namespace: NAMESPACE });
    const archiver = new Archiver({
      broker, archive, namespace: NAMESPACE, tenants: [TENANT], epochOf: (topic, partition) => logEpochOf(this.ended, topic, partition), sessionTimeout: seconds(1), timers: process.timers, mostDelay: millis(20), alarmAfter: millis(100),
      onPublished: async (published) => {
        this.published.push(published);
        if (published.topic !== 'anchor') await writer.write('anchor', 0, [checkpointEvent(published, encodeVerifier(archive.log(published.topic, published.partition, published.epoch).signer), systemClock.now())]);
      },
      onAlarm: ({ topic }, halted) => void this.alarms.push({ topic, halted }),
      onBack: () => void (this.backs += 1),
      onFatal: () => undefined,
    });
    await archiver.start();
    this.archivers.add(archiver);
    const stop = async (): Promise<void> => {
      await archiver.stop();
      await broker.close();
    };
    this.stops.push(stop);
    const kill = (): void => {
      this.stops.splice(this.stops.indexOf(stop), 1);
      process.kill();
    };
    return { stop, kill };
  }

  /** As a control of a person does. */
  end(data: EventData<'countersign.log.ended'>): void {
    this.ended.push(endedLog(data, this.ended.length, ADA));
    this.tell(data);
    this.renew();
  }

  /** Puts on the controls that a log has ended. */
  tell(data: EventData<'countersign.log.ended'>): void {
    const event = newEvent({ service: 'operator', type: 'countersign.log.ended', subject: `${data.topic}/${data.partition}/${data.epoch}`, actor: ADA, now: systemClock.now(), data });
    this.append('controls', 0, [{ key: null, value: encodeEvent(event), headers: {} }]);
  }

  renew(): void {
    for (const archiver of this.archivers) archiver.renew();
  }

  async audit(): Promise<Audit> {
    const anchor = logSigner(KEY, logPath(NAMESPACE, 'anchor', 0));
    return auditArchive({ store: this.store, trust: { anchor }, partitions: PARTITIONS });
  }

  async close(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop().catch(() => undefined)));
  }

  /** Every topic partition, as its archive has to be. */
  places(): readonly { readonly topic: Topic; readonly name: string; readonly partition: number; readonly records: readonly LogRecord[] }[] {
    return TOPICS.flatMap((topic) =>
      Array.from({ length: partitionCountOf(topic, PARTITIONS) }, (_, partition) => ({ topic, name: FLOW[topic].perTenant ? `${topic}.${TENANT}` : topic, partition, records: this.records(topic, partition) })),
    );
  }

  /** What is archived of a place, borne out by its log. */
  async entriesOf(name: string, partition: number, epoch = 0): Promise<readonly Buffer[]> {
    const entries: Buffer[] = [];
    const path = logPath(NAMESPACE, name, partition, epoch);
    const archive = await ArchiveWriter.open(this.store, NAMESPACE, KEY, systemClock);
    const { faults: [fault] } = await verifyLog({ store: this.store, path, verifier: archive.log(name, partition, epoch).signer, below: [`${path}/e1`], onEntry: (entry) => void entries.push(entry) });
    if (fault) throw new Error(fault.message);
    return entries;
  }

  /** The archive has every record of Kafka byte for byte; throws where it has anything else. */
  async isWhole(): Promise<boolean> {
    for (const { name, partition, records } of this.places()) {
      const entries = (await this.entriesOf(name, partition)).map(String);
      const expected = records.map((record, at) => String(encodeLeaf(record, records[at - 1]?.offset ?? -1).entry));
      const wrong = entries.findIndex((entry, at) => entry !== expected[at]);
      if (wrong >= 0) throw new Error(`entry ${wrong} of ${name}/${partition} is not record ${wrong} of Kafka`);
      if (entries.length < records.length) return false;
    }
    return true;
  }
}

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

  it('waits for an archive that is away, tells of it once, takes no more than it can hold, and goes on when it is back', async () => {
    world = new ArchiveWorld();
    await world.archive();
    world.store.before = away;
    for (let number = 0; number < 1_000; number += 1) world.run(number);
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(await world.entriesOf('proposals', 0)).toEqual([]);
    expect(world.alarms).toMatchObject([{ halted: { fault: { code: 'ARCHIVE_UNREACHABLE' } } }]);
    world.store.before = () => undefined;
    await until(() => world.isWhole());
    expect({ alarms: world.alarms.length, backs: world.backs }).toEqual({ alarms: 1, backs: 1 });
  });

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

  it('stands still where Kafka has let go of what was not archived, or has less than was', async () => {
    world = new ArchiveWorld();
    for (let number = 0; number < 5; number += 1) world.run(number);
    const first = await world.archive();
    await until(() => world.isWhole());
    await first.stop();
    const other = new ArchiveWorld();
    Object.assign(other, { store: world.store });
    await other.archive();
    await until(() => Promise.resolve(other.alarms.length > 0));
    expect(other.alarms.every(({ halted }) => halted.fault.code === 'LOG_TRUNCATED')).toBe(true);
    await other.close();
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
