import { messageOf } from '@countersign/kernel';
import { CHECKPOINT_PATH, decodeBundle, Edge, firstEntryOf, leafHash, openCheckpoint, parsePartPath, partPath, TILE_WIDTH, TlogFault, widthOf, HASH_BYTES, type Part, type NoteVerifier, type TreeHead } from '@countersign/tlog';
import { readPart } from './log-writer.js';
import type { ReadableStore } from './object-store.js';

/** What is wrong with a log, at its first wrong place. */
export interface LogFault {
  /** Where the log lies in the store. */
  readonly log: string;
  readonly code: LogFaultCode;
  readonly message: string;
  /** The entry that is wrong; where only a range is known, its first. */
  readonly index?: number;
  /** Up to and without this entry, where a range is all that is known. */
  readonly before?: number;
}

export type LogFaultCode =
  /** The checkpoint is missing, cannot be read, or is signed by another key. */
  | 'checkpoint.invalid'
  /** The log is shorter than it was known to be: it was set back, or its end was cut off. */
  | 'log.rolled-back'
  /** A bundle or a tile that a checkpoint promises is not there. */
  | 'object.missing'
  /** A bundle cannot be read, or an entry is not the one that the tiles speak of. */
  | 'entry.changed'
  /** A tile is not made of the hashes below it. */
  | 'tile.changed'
  /** Tiles and entries fit each other, and lead to another root than was signed. */
  | 'history.rewritten'
  /** An object that is written once has more than one version, or was deleted. */
  | 'object.tampered'
  /** Something lies in the log that belongs to none. */
  | 'object.foreign'
  /** The anchor tells of a second key of a log: somebody writes it with another secret. */
  | 'key.changed';

export interface VerifyLogOptions {
  readonly store: ReadableStore;
  /** Where the log lies, without a last `/`. */
  readonly path: string;
  readonly verifier: NoteVerifier;
  /** What is known of the log from elsewhere, such as the anchor, smallest first. */
  readonly known?: readonly TreeHead[];
  /** Each checkpoint has to be kept, as our writers do it; others keep the newest one alone. */
  readonly isKept?: boolean;
  /** Other logs that lie below it, and are none of it. */
  readonly below?: readonly string[];
  /** Each entry, in order, once the tiles bear it out. */
  readonly onEntry?: (entry: Buffer, index: number) => void | Promise<void>;
}

export interface VerifiedLog {
  /** Entries that were read and borne out. */
  readonly size: number;
  /** What they lead to. */
  readonly root: Buffer;
  readonly checkpoints: number;
  readonly faults: readonly LogFault[];
}

/**
 * Whoever gives a log up and whoever takes it over may write it at the same time. Each stores a checkpoint and points at it then: what one
 * of them left unpointed when it died is not known to anybody else, and the next one points at it before it writes.
 */
const WRITERS = 2;

/** Ends reading a log at its first fault. */
class Wrong extends Error {
  constructor(readonly fault: Omit<LogFault, 'log'>) {
    super(fault.message);
  }
}

const wrong = (code: LogFaultCode, message: string, at: { readonly index?: number; readonly before?: number } = {}): Wrong => new Wrong({ code, message, ...at });

/**
 * Reads a log from its start and does again what its writer did: every tile is compared with what the entries make of it, every signed
 * checkpoint with the root that they lead to. Memory does not grow with the log. Ends at the first fault; throws what the store throws.
 */
export const verifyLog = async (options: VerifyLogOptions): Promise<VerifiedLog> => {
  const { path } = options;
  const reading = new Reading(options);
  const faults: LogFault[] = [];
  const note = (fault: Omit<LogFault, 'log'>): void => void faults.push({ log: path, ...fault });
  try {
    await reading.run();
  } catch (fault) {
    if (!(fault instanceof Wrong)) throw fault;
    note(fault.fault);
  }
  for await (const fault of foreignObjects(options, reading.promised)) note(fault);
  return { size: reading.size, root: reading.edge.root(), checkpoints: reading.checkpoints, faults };
};

class Reading {
  readonly edge = new Edge();
  checkpoints = 0;
  promised = 0;
  size = 0;
  /** What is known and what is pointed at, smallest first, and the first of them that is not reached. */
  private heads: readonly TreeHead[] = [];
  private head = 0;
  /** Sizes of the stored checkpoints, smallest first. */
  private stored: readonly number[] = [];
  /** The last size that something was signed for. */
  private signed = 0;

  constructor(private readonly options: VerifyLogOptions) {}

  async run(): Promise<void> {
    const { path, known = [] } = this.options;
    // In this order: a log may be written on meanwhile, and what is listed first is not newer than what its pointer says then.
    const stored = await this.storedSizes();
    const pointer = await this.checkpoint(CHECKPOINT_PATH);
    const pointed = pointer?.size ?? 0;
    const expected = Math.max(known.at(-1)?.size ?? 0, stored.at(-1 - WRITERS) ?? 0);
    if (pointed < expected) throw wrong('log.rolled-back', `\`${path}\` ${pointer ? `has ${pointed} entries` : 'has no checkpoint'} and is known to have had ${expected}`, { index: pointed });
    const newest = stored.at(-1) ?? 0;
    const head = newest > pointed ? await this.checkpoint(`checkpoints/${newest}`) : pointer;
    if (!head) return;
    this.promised = head.size;
    const lost = await this.lostCheckpoint(head, stored);
    if (lost) throw wrong('object.missing', `\`checkpoints/${lost.size}\` is missing`, { index: 0, before: lost.size });
    this.heads = [...known, head].toSorted((one, other) => one.size - other.size);
    this.stored = stored;
    for (let index = 0; index * TILE_WIDTH < head.size; index += 1) await this.bundle(index, head.size);
    await this.compareEdge();
  }

  private async bundle(index: number, size: number): Promise<void> {
    const part = { level: 'entries' as const, index, width: widthOf(size, { level: 'entries', index }) };
    const entries = this.decode(await this.object(part), part);
    const hashes = await this.object({ ...part, level: 0 });
    for (const [at, entry] of entries.entries()) {
      const number = index * TILE_WIDTH + at;
      if (!leafHash(entry).equals(hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))) throw wrong('entry.changed', `entry ${number} is not the one that its tile has the hash of`, { index: number });
      this.edge.append(entry);
      if (this.isSigned()) await this.compareHeads();
      await this.options.onEntry?.(entry, number);
      this.size = number + 1;
    }
    if (part.width === TILE_WIDTH) await this.compareEdge();
  }

  private decode(bytes: Buffer, { index, width }: { readonly index: number; readonly width: number }): readonly Buffer[] {
    try {
      return decodeBundle(bytes, width);
    } catch (fault) {
      throw wrong('entry.changed', `bundle ${index} cannot be read: ${messageOf(fault)}`, { index: index * TILE_WIDTH, before: index * TILE_WIDTH + width });
    }
  }

  /** Whether anything was signed for the size that is reached. */
  private isSigned(): boolean {
    return this.heads[this.head]?.size === this.edge.size || this.stored[this.checkpoints] === this.edge.size;
  }

  /** Every root that was signed for the size that is reached; a stored checkpoint is opened when it is its turn, so that none is held. */
  private async compareHeads(): Promise<void> {
    const { size } = this.edge;
    if (this.stored[this.checkpoints] === size) {
      const found = await this.checkpoint(`checkpoints/${size}`);
      if (found?.size !== size) throw wrong('checkpoint.invalid', `\`checkpoints/${size}\` is of another size`, { index: size });
      this.compare(found);
      this.checkpoints += 1;
    }
    for (let head = this.heads[this.head]; head?.size === size; head = this.heads[this.head]) {
      this.compare(head);
      this.head += 1;
    }
    this.signed = size;
  }

  private compare({ size, root }: TreeHead): void {
    if (this.edge.root().equals(root)) return;
    throw wrong('history.rewritten', `the entries of \`${this.options.path}\` do not lead to the root that was signed for size ${size}`, { index: this.signed, before: size });
  }

  /** The tiles that are whole since the last time, and the partial ones of the edge where the log ends. */
  private async compareEdge(): Promise<void> {
    const isEnd = this.edge.size === this.promised;
    for (const { path, part, bytes } of this.edge.objects()) {
      if (part.width < TILE_WIDTH && !isEnd) continue;
      const there = await this.object(part);
      if (!there.subarray(0, bytes.length).equals(bytes) || (part.width === TILE_WIDTH && there.length !== bytes.length)) {
        throw wrong(part.level === 'entries' ? 'entry.changed' : 'tile.changed', `\`${path}\` is not made of what is below it`, { index: firstEntryOf(part), before: this.edge.size });
      }
    }
  }

  private async object(part: Part): Promise<Buffer> {
    const { store, path } = this.options;
    try {
      return await readPart(store, path)(part);
    } catch (fault) {
      if (!(fault instanceof TlogFault)) throw fault;
      const first = firstEntryOf(part);
      throw wrong('object.missing', `\`${partPath(part)}\` is missing`, { index: first, before: Math.min(this.promised, first + TILE_WIDTH) });
    }
  }

  private async checkpoint(name: string): Promise<TreeHead | undefined> {
    const { store, path, verifier } = this.options;
    const bytes = await store.get(`${path}/${name}`);
    if (!bytes) return undefined;
    try {
      return openCheckpoint(bytes, { origin: verifier.name, logKeys: [verifier] });
    } catch (fault) {
      throw wrong('checkpoint.invalid', `\`${path}/${name}\`: ${messageOf(fault)}`);
    }
  }

  /** The first that was signed and is not kept; the newest may have been written since the others were listed. */
  private async lostCheckpoint(head: TreeHead, stored: readonly number[]): Promise<TreeHead | undefined> {
    const { store, path, known = [], isKept = false } = this.options;
    if (!store.list || (!isKept && stored.length === 0)) return undefined;
    const kept = new Set(stored);
    const lost = known.find(({ size }) => !kept.has(size));
    return lost ?? (kept.has(head.size) || (await store.get(`${path}/checkpoints/${head.size}`)) ? undefined : head);
  }

  private async storedSizes(): Promise<readonly number[]> {
    const { store, path } = this.options;
    const sizes: number[] = [];
    if (!store.list) return sizes;
    for await (const object of store.list(`${path}/checkpoints/`)) {
      const size = Number(object.slice(object.lastIndexOf('/') + 1));
      if (!Number.isSafeInteger(size) || size < 1) throw wrong('object.foreign', `\`${object}\` is no checkpoint`);
      sizes.push(size);
    }
    return sizes.toSorted((one, other) => one - other);
  }
}

/** What does not belong into the log, and what was written or deleted that never changes. */
async function* foreignObjects({ store, path, below = [] }: VerifyLogOptions, size: number): AsyncGenerator<Omit<LogFault, 'log'>> {
  if (!store.history) return;
  for await (const { path: object, versions, isDeleted } of store.history(`${path}/`)) {
    if (below.some((other) => object.startsWith(`${other}/`))) continue;
    const name = object.slice(path.length + 1);
    if (name === CHECKPOINT_PATH) {
      if (isDeleted) yield { code: 'object.tampered', message: `\`${object}\` was deleted` };
      continue;
    }
    const part = parsePartPath(name);
    if (!part && !/^checkpoints\/[1-9]\d*$/.test(name)) yield { code: 'object.foreign', message: `\`${object}\` belongs to no log` };
    else if (versions > 1) yield { code: 'object.tampered', message: `\`${object}\` is written once and has ${versions} versions`, ...placeOf(part) };
    // A partial object goes when the whole one is there.
    else if (isDeleted && !(part && part.width < TILE_WIDTH && widthOf(size, part) === TILE_WIDTH)) yield { code: 'object.tampered', message: `\`${object}\` was deleted`, ...placeOf(part) };
    else if (!isDeleted && part && part.width < widthOf(size, part) && !(await isStartOf(store, path, part, widthOf(size, part)))) yield { code: 'object.tampered', message: `\`${object}\` is not the start of what has taken its place`, ...placeOf(part) };
  }
}

/** Whether a partial part has what the wider one begins with. */
export const isStartOf = async (store: ReadableStore, path: string, part: Part, width: number): Promise<boolean> => {
  const [narrow, wide] = [await store.get(`${path}/${partPath(part)}`), await store.get(`${path}/${partPath({ ...part, width })}`)];
  // One that was removed meanwhile says nothing, and one that is missing is told elsewhere.
  if (!narrow || !wide) return true;
  return wide.subarray(0, narrow.length).equals(narrow) && (part.level === 'entries' ? decodes(narrow, part.width) : narrow.length === part.width * HASH_BYTES);
};

const decodes = (bundle: Buffer, width: number): boolean => {
  try {
    return decodeBundle(bundle, width).length === width;
  } catch {
    return false;
  }
};

const placeOf = (part: Part | undefined): { readonly index?: number } => (part === undefined ? {} : { index: firstEntryOf(part) });
