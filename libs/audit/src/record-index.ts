import { decodeLeaf, readPart, type ReadableStore } from '@countersign/archive';
import { codeOf, sha256, type Sha256 } from '@countersign/kernel';
import { decodeBundle, TILE_WIDTH, TlogFault, widthOf } from '@countersign/tlog';
import { nameOf, type ArchivedLog } from './archived-log.js';

/** Bundles whose records are remembered: causes lie near to what they cause, in time. Some 10 MB. */
const MOST_BUNDLES = 400;

/** Topic and partition, without the namespace. */
type Place = Pick<ArchivedLog, 'topic' | 'partition'>;

/** Where a record is. */
export interface FoundRecord {
  /** Name of its log. */
  readonly log: string;
  /** Number of its entry. */
  readonly index: number;
  /** Of its value where that is not a blob. */
  readonly sha256: Sha256 | undefined;
}

const keyOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;

interface Placed {
  readonly offset: number;
  /** Of the record's value; of one that is a blob nothing is known. */
  readonly sha256: Sha256 | undefined;
}

/** A log that cannot be read is verified elsewhere, and what is wrong with it told there. */
const orUnknown = async <Found>(read: () => Promise<Found>): Promise<Found | 'unknown'> => {
  try {
    return await read();
  } catch (fault) {
    if (fault instanceof TlogFault || codeOf(fault) === 'ARCHIVE_INVALID') return 'unknown';
    throw fault;
  }
};

/** Looks records of archived logs up by their place. Nothing is proven of what it says: the logs themselves are verified elsewhere. */
export class RecordIndex {
  private readonly bundles = new Map<string, readonly Placed[]>();

  /** The logs of each topic partition. */
  private readonly logs: ReadonlyMap<string, readonly ArchivedLog[]>;

  constructor(
    private readonly store: ReadableStore,
    logs: readonly ArchivedLog[],
  ) {
    this.logs = Map.groupBy(logs, keyOf);
  }

  /** Hash of the value of a record; `undefined` where the archive has none at this place, `unknown` where what it has cannot be read. */
  async hashOf(place: Place, offset: number): Promise<Sha256 | 'unknown' | undefined> {
    return orUnknown(async () => {
      const found = await this.find(place, offset);
      return found && (found.sha256 ?? 'unknown');
    });
  }

  /** A record by its place in Kafka, in whichever epoch it is archived; `undefined` where the archive has none there. */
  async find(place: Place, offset: number): Promise<FoundRecord | undefined> {
    for (const log of this.logs.get(keyOf(place)) ?? []) {
      const found = await this.findIn(log, offset);
      if (found) return { log: nameOf(log), ...found };
    }
    return undefined;
  }

  /** Whether a log of this place has records before and behind an offset. */
  async covers(place: Place, offset: number): Promise<boolean> {
    const found = await orUnknown(async () => {
      for (const { path, heads, next = 0 } of this.logs.get(keyOf(place)) ?? []) {
        const size = heads.at(-1)?.size ?? 0;
        const [first] = size > 0 && offset < next ? await this.bundle(path, 0, size) : [];
        if (first && first.offset <= offset) return true;
      }
      return false;
    });
    return found === true;
  }

  private async findIn({ path, heads }: ArchivedLog, offset: number): Promise<Omit<FoundRecord, 'log'> | undefined> {
    const size = heads.at(-1)?.size ?? 0;
    if (size === 0) return undefined;
    const [first] = await this.bundle(path, 0, size);
    if (!first || offset < first.offset) return undefined;
    const index = await this.bundleOf(path, offset, size, Math.floor(Math.min(offset - first.offset, size - 1) / TILE_WIDTH));
    const records = await this.bundle(path, index, size);
    const at = records.findIndex((placed) => placed.offset === offset);
    return at < 0 ? undefined : { index: index * TILE_WIDTH + at, sha256: records[at]?.sha256 };
  }

  /** Offsets grow by one an entry at least, so the entry is in the bundle that is guessed or before it. */
  private async bundleOf(path: string, offset: number, size: number, guess: number): Promise<number> {
    let [low, high] = [0, guess];
    if (((await this.bundle(path, guess, size))[0]?.offset ?? Infinity) <= offset) return guess;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (((await this.bundle(path, middle, size))[0]?.offset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private async bundle(path: string, index: number, size: number): Promise<readonly Placed[]> {
    const key = `${path}/${index}`;
    const known = this.bundles.get(key);
    if (known) return known;
    const part = { level: 'entries' as const, index, width: widthOf(size, { level: 'entries', index }) };
    const read = decodeBundle(await readPart(this.store, path)(part), part.width).map(placeOf);
    this.bundles.set(key, read);
    const [oldest] = this.bundles.keys();
    if (this.bundles.size > MOST_BUNDLES && oldest !== undefined) this.bundles.delete(oldest);
    return read;
  }
}

const placeOf = (entry: Buffer): Placed => {
  const leaf = decodeLeaf(entry);
  return 'record' in leaf ? { offset: leaf.record.offset, sha256: sha256(leaf.record.value ?? '') } : { offset: leaf.offset, sha256: undefined };
};
