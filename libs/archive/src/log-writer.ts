import { CountersignError } from '@countersign/kernel';
import { CHECKPOINT_PATH, decodeBundle, Edge, HASH_BYTES, partPath, rootOf, signCheckpoint, TILE_WIDTH, TlogFault, widthOf, type Checkpoint, type LogObject, type NoteSigner, type Part } from '@countersign/tlog';
import { createOnce } from './create-once.js';
import type { Lock, ObjectStore, ReadableStore } from './object-store.js';
import { invalid, readCheckpoint, unpointed, type SignedCheckpoint } from './stored-checkpoint.js';

/** For how long an object has to stay: tiles, bundles and old checkpoints for good; partial ones until whole ones have taken their place. */
export type Keep = 'whole' | 'partial';

export interface LogWriterOptions {
  readonly store: ObjectStore;
  /** Where the log lies in the store, without a last `/`. */
  readonly path: string;
  readonly signer: NoteSigner;
  /** Locks of new objects; none where the store has none. */
  readonly lockOf?: (keep: Keep) => Lock;
  /** What is known of the log from elsewhere: a store that has less was set back. */
  readonly atLeast?: Checkpoint;
}

/** A part of a log from its store: also out of the full one that has taken the place of a partial one. Throws `object.missing`. */
export const readPart =
  (store: ReadableStore, path: string) =>
  async (part: Part): Promise<Buffer> => {
    const found = await store.get(`${path}/${partPath(part)}`);
    if (found || part.width === TILE_WIDTH) {
      if (!found) throw new TlogFault('object.missing', `\`${path}/${partPath(part)}\` is missing`);
      return found;
    }
    const full = await store.get(`${path}/${partPath({ ...part, width: TILE_WIDTH })}`);
    if (!full) throw new TlogFault('object.missing', `\`${path}/${partPath(part)}\` is missing`);
    return firstOf(full, part);
  };

/** The first hashes of a wider part, or the first entries of a full one. */
const firstOf = (full: Buffer, { level, width }: Part): Buffer => {
  if (level !== 'entries') return full.subarray(0, width * HASH_BYTES);
  const kept = decodeBundle(full, TILE_WIDTH).slice(0, width);
  return full.subarray(0, kept.reduce((sum, { length }) => sum + 2 + length, 0));
};

const setBack = (path: string, size: number, known: Checkpoint): CountersignError =>
  new CountersignError('ARCHIVE_FORKED', `the log \`${path}\` has ${size} entries or other ones, and is known to have had ${known.size}`, { hint: 'the store was set back, or is another one: put back what is missing, or begin another archive with a secret of its own' });

/**
 * Writes one log. What it stores depends on the entries alone, so a second writer of the same entries, as after a rebalance, writes the
 * same bytes, and nothing has to lock it out. Objects come before the checkpoint that promises them; a crash at any point leaves
 * a log that is whole up to its last checkpoint. `ARCHIVE_FORKED`: other bytes are there; the caller stops and tells.
 */
export class LogWriter {
  /** Whole parts that a failed `publish` has left. */
  private unwritten: readonly LogObject[] = [];
  private publishedSize: number;
  /** A newer checkpoint is on its way, or may be there although writing it has failed. */
  private isPublishing = false;
  /** The pointer is being written with further signatures. */
  private cosigning: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: LogWriterOptions,
    private readonly edge: Edge,
    private newest: Buffer | undefined,
    /** The checkpoint that the log was found with. */
    readonly found: SignedCheckpoint | undefined,
  ) {
    this.publishedSize = edge.size;
  }

  /** Goes on where the log ends. Throws `ARCHIVE_INVALID` where it is not as its checkpoint says, `ARCHIVE_FORKED` where it is shorter than is known. */
  static async open(options: LogWriterOptions): Promise<LogWriter> {
    const { store, path, signer, atLeast } = options;
    const pointed = await readCheckpoint(store, path, signer);
    const newer = await unpointed(store, path, signer, pointed?.checkpoint.size ?? 0);
    const found = newer ?? pointed;
    const { size, root } = found?.checkpoint ?? { size: 0, root: undefined };
    const read = readPart(store, path);
    try {
      const edge = await Edge.load({ size, read });
      if (root && !edge.root().equals(root)) throw new TlogFault('proof.invalid', 'its tiles do not lead to its root');
      // Out of the tiles of the log as it is: what was known of it has to be how they begin.
      const begins = async (part: Part): Promise<Buffer> => firstOf(await read({ ...part, width: widthOf(size, part) }), part);
      if (atLeast && (size < atLeast.size || !(await rootOf({ size: atLeast.size, read: begins })).equals(atLeast.root))) throw setBack(path, size, atLeast);
      const writer = new LogWriter(options, edge, size === 0 ? undefined : await lastEntry(read, size), found);
      // Before anything is stored: so there is one at most that nothing points at, and a verifier knows what was set back from what is on its way.
      if (newer) await writer.point(newer.note, (there) => there < size);
      return writer;
    } catch (fault) {
      throw fault instanceof TlogFault ? invalid(path, fault) : fault;
    }
  }

  /** How many entries there are, published or not. */
  get size(): number {
    return this.edge.size;
  }

  /** How many entries the last checkpoint covers. */
  get published(): number {
    return this.publishedSize;
  }

  /** The newest entry; `undefined` in an empty log. */
  get last(): Buffer | undefined {
    return this.newest;
  }

  append(entry: Buffer): void {
    this.edge.append(entry);
    this.newest = entry;
  }

  /** Stores what is new and the checkpoint over it; `undefined` where nothing is. One call at a time; one that failed is simply made again. */
  async publish(): Promise<SignedCheckpoint | undefined> {
    const { signer } = this.options;
    const checkpoint = { origin: signer.name, size: this.edge.size, root: this.edge.root() };
    if (checkpoint.size === this.publishedSize) return undefined;
    this.isPublishing = true;
    const objects = [...this.unwritten, ...this.edge.objects()];
    this.unwritten = objects.filter(({ part }) => part.width === TILE_WIDTH);
    const isBundle = ({ part }: LogObject): boolean => part.level === 'entries';
    const note = signCheckpoint(checkpoint, signer);
    await Promise.all(objects.filter(isBundle).map((each) => this.put(each)));
    await Promise.all(objects.filter((each) => !isBundle(each)).map((each) => this.put(each)));
    await this.create(`checkpoints/${checkpoint.size}`, note, 'whole');
    await this.cosigning;
    await this.point(note, (size) => size < checkpoint.size);
    const filled = this.unwritten;
    this.unwritten = [];
    this.publishedSize = checkpoint.size;
    this.isPublishing = false;
    if (!this.options.lockOf) await Promise.all(filled.map(({ part }) => this.dropPartials(part)));
    return { checkpoint, note };
  }

  /**
   * Puts the newest checkpoint with the signatures of others into its place, where everybody reads it; `checkpoints/<size>` keeps the log's
   * own, which is the same whoever writes it. Does nothing where a newer one is there or under way.
   */
  async cosign({ size }: Checkpoint, note: Buffer): Promise<void> {
    if (size !== this.publishedSize || this.isPublishing) return;
    const written = this.cosigning.then(() => this.point(note, (there) => there <= size));
    this.cosigning = written.catch(() => undefined);
    await written;
  }

  /** Points at a checkpoint, where another writer has not come further meanwhile. What happens between the look and the write is mended by the next checkpoint. */
  private async point(note: Buffer, isDue: (size: number) => boolean): Promise<void> {
    const { store, path, signer } = this.options;
    const there = await readCheckpoint(store, path, signer);
    if (isDue(there?.checkpoint.size ?? 0)) await store.replace(`${path}/${CHECKPOINT_PATH}`, note);
  }

  private put({ path, part, bytes }: LogObject): Promise<void> {
    return this.create(path, bytes, part.width === TILE_WIDTH ? 'whole' : 'partial');
  }

  private async create(name: string, bytes: Buffer, keep: Keep): Promise<void> {
    const { store, path, lockOf } = this.options;
    await createOnce(store, `${path}/${name}`, bytes, lockOf?.(keep));
  }

  /** Those of a part that is whole now. Where objects are locked, retention does it when the locks are over. */
  private async dropPartials(part: Part): Promise<void> {
    const { store, path } = this.options;
    for await (const partial of store.list(`${path}/${partPath({ ...part, width: TILE_WIDTH })}.p/`)) await store.remove(partial);
  }
}

const lastEntry = async (read: (part: Part) => Promise<Buffer>, size: number): Promise<Buffer | undefined> => {
  const index = Math.floor((size - 1) / TILE_WIDTH);
  const width = widthOf(size, { level: 'entries', index });
  return decodeBundle(await read({ level: 'entries', index, width }), width).at(-1);
};

