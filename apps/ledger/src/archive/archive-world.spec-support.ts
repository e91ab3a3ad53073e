import { ArchiveWriter, encodeLeaf, initArchive, logPath, logSigner, MemoryStore, newArchiveKey, verifyLog } from '@countersign/archive';
import { auditArchive, type Audit } from '@countersign/audit';
import { MemoryBroker, MemoryProcess, type LogRecord } from '@countersign/bus';
import { encodeEvent, FLOW, newEvent, partitionCountOf, TOPICS, type EventData, type Topic } from '@countersign/contracts';
import { endedLog, logEpochOf, type EndedLog } from '@countersign/domain';
import { CountersignError, millis, seconds, sha256, systemClock, type Principal } from '@countersign/kernel';
import { encodeVerifier } from '@countersign/tlog';
import { OwnEventWriter } from '../adapters/own-event-writer.js';
import { LedgerWorld, NAMESPACE, PARTITIONS } from '../ledger-world.spec-support.js';
import type { Halted, Published } from './archived-partition.js';
import { Archiver } from './archiver.js';
import { checkpointEvent } from './checkpoint-event.js';

const TENANT = 'acme';
export const ADA = 'spiffe://countersign.local/human/ada' as Principal;

/** A store that does what the test says with the next writes. */
export class MovedStore extends MemoryStore {
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

export const away = (): never => {
  throw new CountersignError('ARCHIVE_UNREACHABLE', 'the store is away', { retry: 'later' });
};

/** A cluster in memory, and archivers that take what is on it into a store that does what a test says. */
export class ArchiveWorld extends LedgerWorld {
  store = new MovedStore(systemClock);
  key = newArchiveKey('ledger.example');
  readonly published: Published[] = [];
  readonly alarms: { readonly topic: string; readonly halted: Halted }[] = [];
  backs = 0;
  /** Logs that people have ended. */
  readonly ended: EndedLog[] = [];
  private readonly archivers = new Set<Archiver>();
  private started = 0;
  private readonly stops: (() => Promise<void>)[] = [];

  /** `skew`: how far the clock of its machine is off, in milliseconds. */
  async archive({ skew = 0 } = {}): Promise<{ stop(): Promise<void>; kill(): void }> {
    const process = new MemoryProcess(`archiver-${(this.started += 1)}`, this.conductor);
    process.stepClock(skew);
    const { timers } = process;
    const broker = new MemoryBroker(this.cluster, process);
    await initArchive(this.store, { key: this.key, namespace: NAMESPACE, partitions: PARTITIONS, lock: null });
    const archive = await ArchiveWriter.open(this.store, NAMESPACE, this.key, timers);
    const writer = new OwnEventWriter({ broker, wire: this.wire('ledger'), namespace: NAMESPACE });
    const archiver = new Archiver({
      broker, archive, namespace: NAMESPACE, tenants: [TENANT], epochOf: (topic, partition) => logEpochOf(this.ended, topic, partition), sessionTimeout: seconds(1), timers, mostDelay: millis(20),
      onPublished: async (published) => {
        this.published.push(published);
        if (published.topic !== 'anchor') await writer.write('anchor', 0, [checkpointEvent(published, encodeVerifier(archive.log(published.topic, published.partition, published.epoch).signer), timers.now())]);
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
    const anchor = logSigner(this.key, logPath(NAMESPACE, 'anchor', 0));
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
    const archive = await ArchiveWriter.open(this.store, NAMESPACE, this.key, systemClock);
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

  /** How many entries each log has that is not empty. */
  async sizes(): Promise<Readonly<Record<string, number>>> {
    const sizes = await Promise.all(this.places().map(async ({ name, partition }) => [`${name}/${partition}`, (await this.entriesOf(name, partition)).length] as const));
    return Object.fromEntries(sizes.filter(([, size]) => size > 0));
  }

  /** Whole bundles and tiles of all logs, each by its path and bytes: what does not depend on where checkpoints fall. */
  async wholeObjects(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const path of this.store.list(`${NAMESPACE}/`)) if (path.includes('/tile/') && !path.includes('.p/') && !path.includes('/anchor/')) found.push(`${path} ${sha256((await this.store.get(path)) ?? '')}`);
    return found;
  }
}
