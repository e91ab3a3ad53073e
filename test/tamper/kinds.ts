import { decodeBundle, Edge, encodeBundle, HASH_BYTES, leafHash, noteSigner, parsePartPath, rootOf, signCheckpoint, TILE_WIDTH, widthOf } from '@countersign/tlog';
import { logSigner, readPart } from '@countersign/archive';
import { EPOCH_KINDS } from './epoch-kinds.ts';
import { allEntries, ANCHOR, blob, bundle, bytesOf, changedValue, earlier, entryPart, flipped, isOf, object, objectOf, objectsOf, partAt, pointer, put, rewrite, rewriteAll, setBack, sizeOf, someLog, someRun, someSource, storedSizes, swapped, tile, without, type Kind } from './scene.ts';
import { pathOf } from './signed-log.ts';

export const KINDS: readonly Kind[] = [
  { name: 'a bit of an entry is flipped', toldBy: 'log', tamper: bundle((entries, at, scene) => entries.with(at, flipped(Buffer.from(entries[at] ?? ''), scene))) },
  { name: 'a word of an event is another one', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, changedValue(entries[at] ?? Buffer.alloc(0)))) },
  { name: 'an entry is that of another place', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, entries[(at + 1) % entries.length] ?? Buffer.alloc(0))) },
  { name: 'an entry is dropped', toldBy: 'log', tamper: bundle((entries, at) => entries.toSpliced(at, 1)) },
  { name: 'an entry is there twice', toldBy: 'log', tamper: bundle((entries, at) => entries.toSpliced(at, 0, entries[at] ?? Buffer.alloc(0)).slice(0, TILE_WIDTH)) },
  { name: 'two entries are swapped', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, entries[(at + 1) % entries.length] ?? Buffer.alloc(0)).with((at + 1) % entries.length, entries[at] ?? Buffer.alloc(0))) },
  { name: 'an entry is put in, and the last one is left out', toldBy: 'log', tamper: bundle((entries, at) => [...entries.slice(0, at), Buffer.from('{"put":"in"}'), ...entries.slice(at, -1)]) },
  { name: 'an entry is cut', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, (entries[at] ?? Buffer.alloc(1)).subarray(0, -1))) },
  { name: 'an entry is longer', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, Buffer.concat([entries[at] ?? Buffer.alloc(0), Buffer.from(' ')]))) },
  { name: 'an entry is empty', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, Buffer.alloc(0))) },
  { name: 'a header of a record is left out', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, Buffer.from(String(entries[at]).replace(/\["cs-[a-z]+","[^"]*"\],?/, '')))) },
  { name: 'the time of a record is another one', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, Buffer.from(String(entries[at]).replace(/"t":\d+/, '"t":1')))) },
  { name: 'the offset of a record is another one', toldBy: 'log', tamper: bundle((entries, at) => entries.with(at, Buffer.from(String(entries[at]).replace(/"o":\d+/, '"o":99999')))) },
  { name: 'the end of a bundle is cut off', toldBy: 'log', tamper: bundle((entries) => encodeBundle(entries).subarray(0, -3)) },
  { name: 'a bundle has bytes behind its end', toldBy: 'log', tamper: bundle((entries) => Buffer.concat([encodeBundle(entries), Buffer.of(0)])) },
  { name: 'a bundle is empty', toldBy: 'log', tamper: bundle(() => Buffer.alloc(0)) },
  {
    name: 'a bundle is that of another log',
    toldBy: 'log',
    tamper: async (scene) => {
      const [one, other] = [await someLog(scene), await someLog(scene)];
      if (one.path === other.path) return false;
      put(scene.store, objectOf(one, partAt(one.size, 'entries', 0)), await bytesOf(scene.store, objectOf(other, partAt(other.size, 'entries', 0))));
      return true;
    },
  },
  { name: 'a bundle is gone', toldBy: 'log', tamper: object((log, { random }) => objectOf(log, entryPart(log, random.between(0, log.size - 1))), () => undefined) },
  {
    name: 'an entry is another one, and so is its hash',
    toldBy: 'log',
    tamper: async (scene) => {
      const log = await someLog(scene);
      const at = scene.random.between(0, log.size - 1);
      const part = entryPart(log, at);
      const entries = [...decodeBundle(await bytesOf(scene.store, objectOf(log, part)), part.width)];
      entries[at % TILE_WIDTH] = Buffer.from('{"another":"one"}');
      put(scene.store, objectOf(log, part), encodeBundle(entries));
      put(scene.store, objectOf(log, { ...part, level: 0 }), Buffer.concat(entries.map((entry) => leafHash(entry))));
      return true;
    },
  },
  {
    name: 'an entry is another one, and so are all hashes above it',
    toldBy: 'log',
    tamper: async (scene) => {
      const log = await someLog(scene);
      const entries = (await allEntries(scene.store, log)).with(scene.random.between(0, log.size - 1), Buffer.from('{"another":"one"}'));
      const edge = new Edge();
      for (const entry of entries) edge.append(entry);
      for (const { path, bytes } of edge.objects()) put(scene.store, `${log.path}/${path}`, bytes);
      return true;
    },
  },
  { name: 'a bit of a leaf hash is flipped', toldBy: 'log', tamper: object(tile(0), flipped) },
  { name: 'a bit of a higher hash is flipped', toldBy: 'log', tamper: object(tile(1), flipped, TILE_WIDTH) },
  { name: 'two hashes of a tile are swapped', toldBy: 'log', tamper: object(tile(0), swapped, 3) },
  { name: 'a tile is cut', toldBy: 'log', tamper: object(tile(0), (bytes) => bytes.subarray(0, -HASH_BYTES)) },
  { name: 'a tile is longer', toldBy: 'log', tamper: object((log) => objectOf(log, partAt(log.size, 0, 0)), (bytes) => Buffer.concat([bytes, Buffer.alloc(HASH_BYTES)]), TILE_WIDTH) },
  { name: 'a tile is gone', toldBy: 'log', tamper: object(tile(0), () => undefined) },
  { name: 'a higher tile is gone', toldBy: 'log', tamper: object(tile(1), () => undefined, TILE_WIDTH) },
  {
    name: 'a partial part that a wider one has followed is another one',
    toldBy: 'log',
    tamper: async (scene) => {
      const log = await someLog(scene);
      for await (const path of scene.store.list(`${log.path}/tile/`)) {
        const part = parsePartPath(path.slice(log.path.length + 1));
        if (!part || part.width >= widthOf(log.size, part)) continue;
        put(scene.store, path, flipped(Buffer.from(await bytesOf(scene.store, path)), scene));
        return true;
      }
      return false;
    },
  },
  { name: 'a bit of the checkpoint is flipped', toldBy: 'log', tamper: object(pointer, flipped) },
  { name: 'the checkpoint is gone', toldBy: 'log', tamper: object(pointer, () => undefined) },
  { name: 'the checkpoint is cut', toldBy: 'log', tamper: object(pointer, (bytes) => bytes.subarray(0, -10)) },
  {
    name: 'the checkpoint is an older one',
    toldBy: 'log',
    tamper: async (scene) => {
      const { path } = await someLog(scene);
      const size = await earlier(scene, path);
      if (size === undefined) return false;
      put(scene.store, `${path}/checkpoint`, await bytesOf(scene.store, `${path}/checkpoints/${size}`));
      return true;
    },
  },
  {
    name: 'the checkpoint is that of another log',
    toldBy: 'log',
    tamper: async (scene) => {
      const [one, other] = [await someLog(scene), await someLog(scene)];
      if (one.path === other.path) return false;
      put(scene.store, pointer(one), await bytesOf(scene.store, pointer(other)));
      return true;
    },
  },
  {
    name: 'the checkpoint is signed by a key that has the right name',
    toldBy: 'log',
    tamper: async (scene) => {
      const { path, size } = await someLog(scene);
      const { name } = logSigner(scene.archived.key, path);
      put(scene.store, `${path}/checkpoint`, signCheckpoint({ origin: name, size, root: await rootOf({ size, read: readPart(scene.store, path) }) }, noteSigner(name, Buffer.alloc(32, 7))));
      return true;
    },
  },
  {
    name: 'the checkpoint says another root, signed with the right key',
    toldBy: 'log',
    tamper: async (scene) => {
      const { path, size } = await someLog(scene);
      const signer = logSigner(scene.archived.key, path);
      put(scene.store, `${path}/checkpoint`, signCheckpoint({ origin: signer.name, size, root: leafHash(Buffer.from('another')) }, signer));
      return true;
    },
  },
  {
    name: 'a kept checkpoint is another one',
    toldBy: 'log',
    tamper: async (scene) => {
      const { path } = await someLog(scene);
      const size = await earlier(scene, path);
      if (size === undefined) return false;
      put(scene.store, `${path}/checkpoints/${size}`, await bytesOf(scene.store, `${path}/checkpoint`));
      return true;
    },
  },
  {
    name: 'a kept checkpoint is gone',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const { path } = await someLog(scene);
      const size = await earlier(scene, path);
      if (size === undefined) return false;
      scene.store.forget(`${path}/checkpoints/${size}`);
      return true;
    },
  },
  {
    name: 'all kept checkpoints of a log are gone, or the newest of the anchor',
    toldBy: 'log',
    tamper: async (scene) => {
      const { path } = scene.random.next() < 0.2 ? { path: ANCHOR } : await someLog(scene);
      const sizes = await storedSizes(scene.store, path);
      for (const size of path === ANCHOR ? sizes.slice(-1) : sizes) scene.store.forget(`${path}/checkpoints/${size}`);
      return true;
    },
  },
  {
    name: 'an object has a second version, with the same bytes',
    toldBy: 'log',
    tamper: async (scene) => {
      const log = await someLog(scene);
      const path = tile(0)(log, scene) ?? '';
      scene.store.tamper(path, await bytesOf(scene.store, path));
      return true;
    },
  },
  {
    name: 'an object was deleted where versions are kept',
    toldBy: 'log',
    tamper: async (scene) => {
      const log = await someLog(scene);
      scene.store.tamper(tile(0)(log, scene) ?? '', undefined);
      return true;
    },
  },
  {
    name: 'a file lies in a log that belongs to none',
    toldBy: 'log',
    tamper: async (scene) => {
      const { path } = await someLog(scene);
      put(scene.store, `${path}/tile/notes.txt`, Buffer.from('x'));
      return true;
    },
  },
  { name: 'a blob is another one', toldBy: 'events', tamper: (scene) => blob(scene, (bytes) => flipped(bytes, scene)) },
  { name: 'a blob is gone', toldBy: 'events', tamper: (scene) => blob(scene, () => undefined) },
  {
    name: 'the end of a log is cut off with all that tells of it in the log',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const { path } = await someLog(scene);
      const size = await earlier(scene, path);
      if (size === undefined) return false;
      await setBack(scene, path, size);
      return true;
    },
  },
  {
    name: 'a whole log is gone',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const { path } = await someLog(scene);
      for await (const name of objectsOf(scene.store, path)) scene.store.forget(name);
      return true;
    },
  },
  {
    name: 'the history of a log is rewritten with its key',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const log = await someLog(scene);
      const entries = await allEntries(scene.store, log);
      const at = scene.random.between(0, log.size - 1);
      await rewrite(scene, log.path, entries.with(at, Buffer.from('{"another":"one"}')));
      return true;
    },
  },
  {
    name: 'a log goes on in another way from a checkpoint on, with its key',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const log = await someLog(scene, 12);
      const from = (await earlier(scene, log.path)) ?? 0;
      const entries = await allEntries(scene.store, log);
      await rewrite(scene, log.path, [...entries.slice(0, from), ...entries.slice(from).map((_, at) => Buffer.from(`{"fork":${at}}`))]);
      return true;
    },
  },
  {
    name: 'an entry is taken out of a log, which is written anew with its key',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const log = await someLog(scene, 4);
      await rewrite(scene, log.path, (await allEntries(scene.store, log)).toSpliced(scene.random.between(0, log.size - 2), 1));
      return true;
    },
  },
  {
    name: 'a run is taken out of every log, with their keys',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const run = someRun(scene);
      for (const source of scene.sources) {
        const path = pathOf(source.topic, source.partition, source.epoch);
        const entries = await allEntries(scene.store, { path, size: await sizeOf(scene.store, path) });
        const left = entries.filter((_, at) => !isOf(run)(source, at));
        if (left.length < entries.length) await rewrite(scene, path, left);
      }
      return true;
    },
  },
  {
    name: 'an entry of the anchor is another one',
    toldBy: 'log',
    tamper: async (scene) => {
      const log = { path: ANCHOR, size: await sizeOf(scene.store, ANCHOR) };
      const part = entryPart(log, scene.random.between(0, log.size - 1));
      const entries = [...decodeBundle(await bytesOf(scene.store, objectOf(log, part)), part.width)];
      const at = scene.random.between(0, entries.length - 1);
      put(scene.store, objectOf(log, part), encodeBundle(entries.with(at, flipped(Buffer.from(entries[at] ?? ''), scene))));
      return true;
    },
  },
  {
    name: 'the anchor is signed by a key that has the right name',
    toldBy: 'log',
    tamper: async (scene) => {
      const size = await sizeOf(scene.store, ANCHOR);
      const { name } = logSigner(scene.archived.key, ANCHOR);
      put(scene.store, `${ANCHOR}/checkpoint`, signCheckpoint({ origin: name, size, root: await rootOf({ size, read: readPart(scene.store, ANCHOR) }) }, noteSigner(name, Buffer.alloc(32, 7))));
      return true;
    },
  },
  {
    name: 'the checkpoint of the anchor is an older one',
    toldBy: 'log',
    tamper: async (scene) => {
      // The two before the newest are where writers leave it that die before their last write: then the newest is read all the same.
      const [first, ...rest] = (await storedSizes(scene.store, ANCHOR)).slice(0, -3);
      if (first === undefined) return false;
      put(scene.store, `${ANCHOR}/checkpoint`, await bytesOf(scene.store, `${ANCHOR}/checkpoints/${scene.random.pick([first, ...rest])}`));
      return true;
    },
  },
  {
    name: 'an event is another one in an archive that is written anew with every key of it',
    toldBy: 'events',
    tamper: async (scene) => {
      const source = someSource(scene, ['proposals', 'decisions', 'executions']);
      // The first record is a claim, and behind the last one nothing shows that it is not there.
      const at = scene.random.between(1, source.records.length - 3);
      const changed = { ...source, records: source.records.map((record, index) => (index === at ? { ...record, value: Buffer.from(String(record.value).replace('"specversion":"1.0"', '"specversion":"1.1"')) } : record)) };
      await rewriteAll(scene, scene.sources.map((each) => (each === source ? changed : each)));
      return true;
    },
  },
  {
    name: 'an event is left out of an archive that is written anew with every key of it',
    toldBy: 'events',
    tamper: async (scene) => {
      // Nothing shows what came first and what came last.
      const source = someSource(scene, ['controls', 'tasks', 'proposals', 'decisions', 'executions'], 3);
      const left = scene.random.between(1, source.records.length - 2);
      await rewriteAll(scene, without(scene.sources, (each, at) => each !== source || at !== left));
      return true;
    },
  },
  {
    name: 'a run is left out of an archive that is written anew with every key of it',
    toldBy: 'events',
    tamper: async (scene) => {
      // Of a run in the middle: behind the last one nothing shows that it is not there.
      const run = /"run":"([^"]+)"/.exec(someSource(scene, ['tasks'], 4).records[0]?.value?.toString() ?? '')?.[1] ?? '';
      await rewriteAll(scene, without(scene.sources, (each, at) => !isOf(run)(each, at)));
      return true;
    },
  },
  {
    name: 'two events are swapped in an archive that is written anew with every key of it',
    toldBy: 'events',
    tamper: async (scene) => {
      const source = someSource(scene, ['proposals', 'decisions', 'executions']);
      const at = scene.random.between(1, source.records.length - 3);
      const records = source.records.map((record, index) => {
        const other = source.records[index === at ? at + 1 : index === at + 1 ? at : index];
        return other ? { ...other, offset: record.offset } : record;
      });
      await rewriteAll(scene, scene.sources.map((each) => (each === source ? { ...source, records } : each)));
      return true;
    },
  },
  {
    name: 'the whole archive is set back to an earlier time',
    toldBy: 'witness',
    tamper: async (scene) => {
      const size = await earlier(scene, ANCHOR);
      if (size === undefined || size < 2) return false;
      const heads = new Map<string, number>();
      for (const entry of (await allEntries(scene.store, { path: ANCHOR, size: await sizeOf(scene.store, ANCHOR) })).slice(0, size)) {
        const { e } = JSON.parse(entry.toString()) as { readonly e: { readonly data: { readonly checkpoint: string } } };
        const [origin = '', known] = e.data.checkpoint.split('\n');
        heads.set(origin.slice(origin.indexOf('/') + 1), Number(known));
      }
      // Before the first controls are in, nobody's signature counts, and that is told.
      if (!heads.has(pathOf('controls', 0))) return false;
      for (const { topic, partition, epoch } of scene.sources) {
        const path = pathOf(topic, partition, epoch);
        const known = heads.get(path);
        if (known !== undefined) await setBack(scene, path, known);
        else for await (const name of objectsOf(scene.store, path)) scene.store.forget(name);
      }
      await setBack(scene, ANCHOR, size);
      return true;
    },
  },
  {
    name: 'the last runs are left out of an archive that is written anew with every key of it',
    toldBy: 'witness',
    tamper: async (scene) => {
      // Whole records from the end of every log: what is left is what it was at an earlier time.
      const runs = new Set<string>();
      for (const { topic, records } of scene.sources) if (topic === 'tasks') runs.add(/"run":"([^"]+)"/.exec(records.at(-1)?.value?.toString() ?? '')?.[1] ?? '');
      await rewriteAll(scene, without(scene.sources, (each, at) => ![...runs].some((run) => isOf(run)(each, at))));
      return true;
    },
  },
  ...EPOCH_KINDS,
];
