import type { AuditFault } from '@countersign/audit';
import { decodeLeaf, encodeLeaf, logSigner, readPart, type MemoryStore } from '@countersign/archive';
import { decodeBundle, Edge, encodeBundle, HASH_BYTES, parsePartPath, partPath, partsOf, signCheckpoint, TILE_WIDTH, widthOf, type Part } from '@countersign/tlog';
import type { Random } from '../support/random.ts';
import { archive, pathOf, type Archived, type SignedLog, type Source } from './signed-log.ts';

/** An archive that somebody does something to, and what it was made of. */
export interface Scene {
  readonly world: SignedLog;
  readonly sources: readonly Source[];
  readonly archived: Archived;
  /** A copy of the archive's store, to be tampered with. */
  readonly store: MemoryStore;
  readonly random: Random;
}

/**
 * Who can tell. `log`: the log alone, from its own key and objects. `anchor`: it takes the anchor. `events`: it takes the events'
 * own signatures, order and causes, for whoever did it has every key of the archive. `witness`: nothing in the archive says so, and only
 * somebody who has seen its anchor before can tell.
 */
export type ToldBy = 'log' | 'anchor' | 'events' | 'witness';

export interface Kind {
  readonly name: string;
  readonly toldBy: ToldBy;
  /** What the first fault has to be, and in a log of which epoch, where everything is written anew: what then differs is no place. */
  readonly first?: { readonly code: AuditFault['code']; readonly epoch: number };
  /** Whether there was anything to do it to. */
  readonly tamper: (scene: Scene) => Promise<boolean>;
}

export interface Log {
  readonly path: string;
  readonly size: number;
}

export const sizeOf = async (store: MemoryStore, path: string): Promise<number> => Number((await store.get(`${path}/checkpoint`))?.toString().split('\n')[1] ?? 0);

export const bytesOf = async (store: MemoryStore, path: string): Promise<Buffer> => (await store.get(path)) ?? Buffer.alloc(0);

/** Some log with at least so many entries. */
export const someLog = async ({ store, sources, random }: Scene, least = 2): Promise<Log> => {
  const logs: Log[] = [];
  for (const { topic, partition, epoch } of sources) {
    const path = pathOf(topic, partition, epoch);
    const size = await sizeOf(store, path);
    if (size >= least) logs.push({ path, size });
  }
  const [first, ...rest] = logs;
  if (!first) throw new Error('no log is long enough');
  return random.pick([first, ...rest]);
};

export const partAt = (size: number, level: Part['level'], index: number): Part => ({ level, index, width: widthOf(size, { level, index }) });

export const entryPart = ({ size }: Log, entry: number): Part => partAt(size, 'entries', Math.floor(entry / TILE_WIDTH));

/** The newest object of a part, where it lies now. */
export const objectOf = ({ path }: Log, part: Part): string => `${path}/${partPath(part)}`;

export const allEntries = async (store: MemoryStore, { path, size }: Log): Promise<Buffer[]> => {
  const entries: Buffer[] = [];
  for (const part of partsOf(size, 'entries')) entries.push(...decodeBundle(await readPart(store, path)(part), part.width));
  return entries;
};

/** Overwrites what lies at a path, as one without versions would show it: the bytes are all there is. */
export const put = (store: MemoryStore, path: string, bytes: Uint8Array): void => store.overwrite(path, bytes);

/** Changes the bundle of some entry. */
export const bundle = (change: (entries: Buffer[], at: number, scene: Scene) => Buffer[] | Buffer | Promise<Buffer[] | Buffer>, least = 2) => async (scene: Scene): Promise<boolean> => {
  const { store, random } = scene;
  const log = await someLog(scene, least);
  const entry = random.between(0, log.size - 1);
  const part = entryPart(log, entry);
  const entries = [...decodeBundle(await bytesOf(store, objectOf(log, part)), part.width)];
  const before = encodeBundle(entries);
  const after = await change(entries, entry % TILE_WIDTH, scene);
  const bytes = Array.isArray(after) ? encodeBundle(after) : after;
  put(store, objectOf(log, part), bytes);
  return !bytes.equals(before);
};

/** Changes one object of the log. */
export const object = (choose: (log: Log, scene: Scene) => string | undefined, change: (bytes: Buffer, scene: Scene) => Buffer | undefined, least = 2) => async (scene: Scene): Promise<boolean> => {
  const log = await someLog(scene, least);
  const path = choose(log, scene);
  if (path === undefined) return false;
  const bytes = await bytesOf(scene.store, path);
  const after = change(Buffer.from(bytes), scene);
  if (after) put(scene.store, path, after);
  else scene.store.forget(path);
  return after === undefined || !after.equals(bytes);
};

export const flipped = (bytes: Buffer, { random }: Pick<Scene, 'random'>): Buffer => {
  const at = random.between(0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  return bytes;
};

export const tile = (level: number) => (log: Log, { random }: Scene): string | undefined => {
  const tiles = [...partsOf(log.size, level)];
  const [first, ...rest] = tiles;
  return first && objectOf(log, random.pick([first, ...rest]));
};

export const swapped = (bytes: Buffer): Buffer => Buffer.concat([bytes.subarray(HASH_BYTES, 2 * HASH_BYTES), bytes.subarray(0, HASH_BYTES), bytes.subarray(2 * HASH_BYTES)]);

export const pointer = ({ path }: Log): string => `${path}/checkpoint`;

export const storedSizes = async (store: MemoryStore, path: string): Promise<readonly number[]> => {
  const sizes: number[] = [];
  for await (const name of store.list(`${path}/checkpoints/`)) sizes.push(Number(name.split('/').at(-1)));
  return sizes.toSorted((one, other) => one - other);
};

/** Objects of a log; those of a later epoch lie below it, and are none of it. */
export async function* objectsOf(store: MemoryStore, path: string): AsyncGenerator<string> {
  for await (const name of store.list(`${path}/`)) if (!/^e\d+\//.test(name.slice(path.length + 1))) yield name;
}

/** Writes a log anew with other entries, with its own key, and checkpoints at the sizes that it had. */
export const rewrite = async ({ store, archived }: Scene, path: string, entries: readonly Buffer[]): Promise<void> => {
  const signer = logSigner(archived.key, path);
  const sizes = (await storedSizes(store, path)).filter((size) => size < entries.length);
  for await (const name of objectsOf(store, path)) store.forget(name);
  const edge = new Edge();
  for (const size of [...sizes, entries.length]) {
    while (edge.size < size) edge.append(entries[edge.size] ?? Buffer.alloc(0));
    for (const { path: name, bytes } of edge.objects()) put(store, `${path}/${name}`, bytes);
    const note = signCheckpoint({ origin: signer.name, size, root: edge.root() }, signer);
    put(store, `${path}/checkpoints/${size}`, note);
    put(store, `${path}/checkpoint`, note);
  }
};

/** Everything of the archive written anew from other sources, by whoever has its key. */
export const rewriteAll = async (scene: Scene, sources: readonly Source[]): Promise<void> => {
  const { store, world, archived, random } = scene;
  const other = await archive(world, sources, random, archived.key);
  for await (const path of store.list('')) store.forget(path);
  for await (const path of other.store.list('')) put(store, path, await bytesOf(other.store, path));
};

export const changedValue = (entry: Buffer): Buffer => {
  const leaf = decodeLeaf(entry);
  if (!('record' in leaf) || leaf.record.value === null) return entry;
  const value = Buffer.from(leaf.record.value.toString().replace(/"ticket-\d+"|"succeeded"|"desk"/, '"another"'));
  return encodeLeaf({ ...leaf.record, value }, leaf.previous).entry;
};

/** Sources in which something is not as services wrote it; the chain of offsets is that of the records that are there. */
export const without = (sources: readonly Source[], isLeft: (source: Source, at: number) => boolean): readonly Source[] => sources.map((source) => ({ ...source, records: source.records.filter((_, at) => isLeft(source, at)) }));

export const someSource = ({ sources, random }: Scene, topics: readonly string[], least = 8): Source => {
  const [first, ...rest] = sources.filter(({ topic, records }) => topics.includes(topic) && records.length >= least);
  if (!first) throw new Error('no source is long enough');
  return random.pick([first, ...rest]);
};

export const isOf = (run: string) => ({ records }: Source, at: number): boolean => records[at]?.value?.includes(`"run":"${run}"`) === true;

export const someRun = ({ sources, random }: Scene): string => {
  const runs = [...new Set(sources.flatMap(({ records }) => records.flatMap(({ value }) => /"run":"([^"]+)"/.exec(value?.toString() ?? '')?.[1] ?? [])))];
  const [first = '', ...rest] = runs;
  return random.pick([first, ...rest]);
};

/** Objects of a log that are not needed for an earlier checkpoint go, and the pointer goes back to it. */
export const setBack = async ({ store }: Scene, path: string, size: number): Promise<void> => {
  const note = await bytesOf(store, `${path}/checkpoints/${size}`);
  const entries = (await allEntries(store, { path, size: await sizeOf(store, path) })).slice(0, size);
  for await (const name of objectsOf(store, path)) {
    const part = parsePartPath(name.slice(path.length + 1));
    if ((part && part.width > widthOf(size, part)) || Number(/checkpoints\/(\d+)$/.exec(name)?.[1] ?? 0) > size) store.forget(name);
  }
  const edge = new Edge();
  for (const entry of entries) edge.append(entry);
  for (const { path: name, bytes } of edge.objects()) put(store, `${path}/${name}`, bytes);
  put(store, `${path}/checkpoint`, note);
};

export const earlier = async ({ store, random }: Scene, path: string): Promise<number | undefined> => {
  const [first, ...rest] = (await storedSizes(store, path)).slice(0, -1);
  return first === undefined ? undefined : random.pick([first, ...rest]);
};

export const ANCHOR = pathOf('anchor', 0);

export const blob = async ({ store }: Scene, change: (bytes: Buffer) => Buffer | undefined): Promise<boolean> => {
  for await (const path of store.list('blobs/')) {
    const after = change(Buffer.from(await bytesOf(store, path)));
    if (after) put(store, path, after);
    else store.forget(path);
    return true;
  }
  return false;
};
