import { snapshotTopic, type Owner } from '@countersign/contracts';
import { canonicalJson, codeOf, CountersignError, sha256 } from '@countersign/kernel';
import type { Broker, NewRecord, TopicPartition } from './broker.js';
import type { BusLog } from './bus-log.js';
import { formatReader, parseReader } from './log-reader.js';
import type { FoldPoint } from './output-fold.js';
import type { BusStats } from './stats.js';
import type { Wire } from './wire.js';

/** Kafka takes records of up to 1 MiB. */
export const CHUNK_BYTES = 512 * 1024;
/** Records to look through for a manifest at first; a state rarely has more chunks. Four times as many at each further try. */
const FIRST_WINDOW = 16;
/** Two sets of keys in turn: while one is overwritten, compaction leaves the other alone. */
const SLOTS = 2;
const SIGNATURE = 'cs-sig';

/** Written last; what it does not name is no part of a snapshot. */
interface Manifest {
  readonly v: 1;
  readonly slot: number;
  /** Version of the state's form, see `Step.stateVersion`. */
  readonly state: number;
  readonly next: number;
  readonly reader: string;
  readonly claimant?: string;
  readonly watermarks: Readonly<Record<string, number>>;
  readonly redriven: Readonly<Record<string, number>>;
  /** Offsets of the chunks in this topic partition. */
  readonly chunks: readonly number[];
  readonly sha256: string;
}

export interface Snapshot {
  readonly point: FoldPoint;
  /** As `Step.freeze` gave it. */
  readonly frozen: unknown;
  /** How many the frozen state takes. */
  readonly bytes: number;
}

export interface SnapshotsOptions {
  readonly broker: Broker;
  readonly wire: Wire;
  readonly namespace: string;
  readonly service: Owner;
  readonly stateVersion: number;
  readonly stats: BusStats;
  readonly log: BusLog;
}

/** Signed snapshots of states in the service's compacted topic, one partition for each that it owns. */
export class Snapshots {
  private readonly slots = new Map<number, number>();

  constructor(private readonly options: SnapshotsOptions) {}

  /** The valid snapshot that reaches furthest; `undefined` where there is none of the state's present form. */
  async load(partition: number): Promise<Snapshot | undefined> {
    const target = this.target(partition);
    const { start, end } = await this.options.broker.offsets(target);
    for (let window = FIRST_WINDOW; ; window *= 4) {
      const from = Math.max(start, end - window);
      const manifests = await this.manifests(target, from, end);
      for (const manifest of manifests) {
        const content = await this.content(target, manifest);
        if (content === undefined) continue;
        this.slots.set(partition, manifest.slot);
        return { point: pointOf(manifest), frozen: JSON.parse(content) as unknown, bytes: Buffer.byteLength(content) };
      }
      if (from === start) return undefined;
    }
  }

  /** Writes a snapshot and gives its size; `point` has to be acked and without a gap. A failure is counted, and gives nothing: the one before it still stands. */
  async save(partition: number, point: FoldPoint, frozen: unknown): Promise<number | undefined> {
    const { broker, wire, stateVersion, stats, log } = this.options;
    const target = this.target(partition);
    const content = Buffer.from(JSON.stringify(frozen));
    const slot = ((this.slots.get(partition) ?? -1) + 1) % SLOTS;
    try {
      const chunks: number[] = [];
      for (let at = 0; at < content.length; at += CHUNK_BYTES) {
        chunks.push(await broker.append(target, [chunkOf(partition, slot, chunks.length, content.subarray(at, at + CHUNK_BYTES))]));
      }
      const { next, reader, claimant, watermarks, redriven } = point;
      const manifest: Manifest = {
        v: 1,
        slot,
        state: stateVersion,
        next,
        reader: formatReader(reader),
        ...(claimant === undefined ? {} : { claimant }),
        watermarks,
        redriven,
        chunks,
        sha256: sha256(content),
      };
      const value = Buffer.from(canonicalJson(manifest));
      const signature = wire.sign(signedText(target, value));
      await broker.append(target, [{ key: Buffer.from(`${partition}/${slot}`), value, headers: { [SIGNATURE]: signature } }]);
    } catch (fault) {
      stats.snapshotFaults += 1;
      log.warn('a snapshot could not be written', { partition, code: codeOf(fault) });
      return undefined;
    }
    this.slots.set(partition, slot);
    stats.snapshots += 1;
    return content.length;
  }

  private target(partition: number): TopicPartition {
    return { topic: snapshotTopic(this.options.namespace, this.options.service), partition };
  }

  /** Valid manifests, the one that reaches furthest first. */
  private async manifests(target: TopicPartition, from: number, end: number): Promise<readonly Manifest[]> {
    const { broker, wire, stateVersion } = this.options;
    const found: Manifest[] = [];
    await broker.read(target, from, end, (records) => {
      for (const { value, headers, timestamp } of records) {
        const signature = headers[SIGNATURE]?.toString();
        if (value === null || signature === undefined || !wire.isSigned(signedText(target, value), signature, timestamp)) continue;
        const manifest = JSON.parse(value.toString()) as Manifest;
        if (manifest.v === 1 && manifest.state === stateVersion) found.push(manifest);
      }
    });
    return found.sort((one, other) => other.next - one.next);
  }

  private async content(target: TopicPartition, { chunks, sha256: expected }: Manifest): Promise<string | undefined> {
    const parts: Buffer[] = [];
    try {
      for (const offset of chunks) {
        await this.options.broker.read(target, offset, offset + 1, (records) => {
          for (const { value } of records) if (value) parts.push(value);
        });
      }
    } catch (fault) {
      if (!(fault instanceof CountersignError) || fault.code !== 'LOG_TRUNCATED') throw fault;
    }
    const content = Buffer.concat(parts);
    if (sha256(content) === expected) return content.toString();
    this.options.log.warn('a snapshot does not match its manifest', { partition: target.partition, code: 'SNAPSHOT_INVALID' });
    return undefined;
  }
}

/** The same content at another place is another text. */
const signedText = ({ topic, partition }: TopicPartition, manifest: Buffer): string =>
  ['countersign/snapshot/v1', topic, partition, sha256(manifest)].join('\n');

const chunkOf = (partition: number, slot: number, nth: number, value: Buffer): NewRecord => ({
  key: Buffer.from(`${partition}/${slot}/${nth}`),
  value,
  headers: {},
});

const pointOf = ({ next, reader, claimant, watermarks, redriven }: Manifest): FoldPoint => ({
  next,
  reader: parseReader(reader),
  claimant,
  watermarks,
  redriven,
});

