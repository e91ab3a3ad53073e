import { STRANGER, controlRecord } from '../trust/forgery/desk.ts';
import { allEntries, ANCHOR, bytesOf, earlier, objectsOf, put, rewrite, rewriteAll, setBack, sizeOf, type Kind, type Log, type Scene } from './scene.ts';
import { pathOf, type Source } from './signed-log.ts';

/** A log that was ended, and the one that follows it. */
interface Ended {
  readonly old: Source;
  readonly next: Source;
}

const isAt = ({ topic, partition, epoch }: Pick<Source, 'topic' | 'partition' | 'epoch'>) => (each: Source): boolean => each.topic === topic && each.partition === partition && each.epoch === epoch;

const someEnded = ({ sources, random }: Scene, topics: readonly string[] = ['inbox.acme', 'executions']): Ended => {
  const found = sources.filter(({ topic, epoch }) => epoch === 1 && topics.includes(topic)).flatMap((next): Ended[] => {
    const old = sources.find(isAt({ ...next, epoch: 0 }));
    return old ? [{ old, next }] : [];
  });
  const [first, ...rest] = found;
  if (!first) throw new Error('no log has ended');
  return random.pick([first, ...rest]);
};

/** Some log that nobody has ended. */
const someGoingOn = ({ sources, random }: Scene, least = 4): Source => {
  const [first, ...rest] = sources.filter((each) => each.topic !== 'controls' && each.epoch === 0 && each.records.length >= least && !sources.some(isAt({ ...each, epoch: 1 })));
  if (!first) throw new Error('every log has ended');
  return random.pick([first, ...rest]);
};

const logOf = async ({ store }: Scene, { topic, partition, epoch }: Source): Promise<Log> => {
  const path = pathOf(topic, partition, epoch);
  return { path, size: await sizeOf(store, path) };
};

const swap = ({ sources }: Scene, old: Source, ...others: readonly Source[]): readonly Source[] => sources.flatMap((each) => (each === old ? others : [each]));

const ENDED = 'countersign.log.ended';

/** The controls, with something else in place of the orders that ended logs. */
const otherOrders = async (scene: Scene, change: (record: Source['records'][number]) => readonly Source['records'][number][]): Promise<boolean> => {
  const controls = scene.sources.find(({ topic }) => topic === 'controls');
  if (!controls) return false;
  const records = controls.records.flatMap((record) => (record.value?.includes(ENDED) ? change(record) : [record]));
  await rewriteAll(scene, swap(scene, controls, { ...controls, records }));
  return true;
};

/** What the anchor says of a log is taken out of it, and it is written anew with its key. */
const silence = async (scene: Scene, path: string, change: (entries: readonly Buffer[]) => readonly Buffer[]): Promise<void> => {
  const entries = await allEntries(scene.store, { path: ANCHOR, size: await sizeOf(scene.store, ANCHOR) });
  await rewrite(scene, ANCHOR, change(entries.filter((entry) => !entry.includes(`/${path}\\n`))));
};

/** Entries with the offsets that they would have if nothing had ever been between them. */
const renumbered = (entries: readonly Buffer[]): readonly Buffer[] => entries.map((entry, at) => Buffer.from(entry.toString().replace(/"o":\d+,"p":-?\d+,/, `"o":${at},"p":${at - 1},`)));

/** Things done to logs that were ended, and to those that follow them. */
export const EPOCH_KINDS: readonly Kind[] = [
  {
    name: 'a log that was ended is set back to an earlier checkpoint',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const { path } = await logOf(scene, someEnded(scene).old);
      const size = await earlier(scene, path);
      if (size === undefined) return false;
      await setBack(scene, path, size);
      return true;
    },
  },
  {
    name: 'the last entry of a log that was ended is left out, and the log written anew with its key',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const log = await logOf(scene, someEnded(scene).old);
      await rewrite(scene, log.path, (await allEntries(scene.store, log)).slice(0, -1));
      return true;
    },
  },
  {
    name: 'the log of an epoch is another log',
    toldBy: 'log',
    tamper: async (scene) => {
      const { old, next } = someEnded(scene);
      const [from, to] = [await logOf(scene, scene.random.pick([old, someGoingOn(scene)])), await logOf(scene, next)];
      for await (const name of objectsOf(scene.store, to.path)) scene.store.forget(name);
      for await (const name of objectsOf(scene.store, from.path)) put(scene.store, `${to.path}${name.slice(from.path.length)}`, await bytesOf(scene.store, name));
      return true;
    },
  },
  {
    name: 'the log of an epoch is gone',
    toldBy: 'anchor',
    tamper: async (scene) => {
      const { path } = await logOf(scene, someEnded(scene).next);
      for await (const name of objectsOf(scene.store, path)) scene.store.forget(name);
      return true;
    },
  },
  {
    name: 'something lies where the next epoch of a log would, which nobody has ended',
    toldBy: 'log',
    tamper: async (scene) => {
      const { topic, partition } = someGoingOn(scene);
      put(scene.store, `${pathOf(topic, partition, 1)}/checkpoint`, Buffer.from('x'));
      return true;
    },
  },
  {
    name: 'an epoch that nobody has ordered is begun with the key of its log',
    toldBy: 'log',
    tamper: async (scene) => {
      const source = someGoingOn(scene);
      const entries = await allEntries(scene.store, await logOf(scene, source));
      await rewrite(scene, pathOf(source.topic, source.partition, 1), entries.slice(-2));
      return true;
    },
  },
  {
    name: 'an epoch that nobody has ordered is begun in an archive that is written anew with every key of it',
    toldBy: 'events',
    first: { code: 'epoch.broken', epoch: 1 },
    tamper: async (scene) => {
      const source = someGoingOn(scene);
      const at = scene.random.between(2, source.records.length - 1);
      await rewriteAll(scene, swap(scene, source, { ...source, records: source.records.slice(0, at) }, { ...source, epoch: 1, records: source.records.slice(at) }));
      return true;
    },
  },
  {
    name: 'the orders that ended logs are left out of an archive that is written anew with every key of it',
    toldBy: 'events',
    first: { code: 'epoch.broken', epoch: 1 },
    tamper: (scene) => otherOrders(scene, () => []),
  },
  {
    name: 'the orders that ended logs are those of nobody who may in an archive that is written anew with every key of it',
    toldBy: 'events',
    first: { code: 'epoch.broken', epoch: 1 },
    tamper: (scene) =>
      otherOrders(scene, (record) => {
        const { data } = JSON.parse(String(record.value)) as { readonly data: never };
        const { value, headers } = controlRecord({ type: ENDED, subject: 'x', data }, [STRANGER]);
        return [{ ...record, value: value === null ? null : Buffer.from(value), headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) }];
      }),
  },
  {
    name: 'the last record of a log that was ended is left out of an archive that is written anew with every key of it',
    toldBy: 'events',
    first: { code: 'epoch.broken', epoch: 0 },
    tamper: async (scene) => {
      const { old } = someEnded(scene);
      await rewriteAll(scene, swap(scene, old, { ...old, records: old.records.slice(0, -1) }));
      return true;
    },
  },
  {
    name: 'an epoch begins before it was ordered to in an archive that is written anew with every key of it',
    toldBy: 'events',
    first: { code: 'epoch.broken', epoch: 1 },
    tamper: async (scene) => {
      const { old, next } = someEnded(scene, ['inbox.acme']);
      const [record] = old.records.slice(-1);
      if (!record) return false;
      await rewriteAll(scene, swap(scene, next, { ...next, records: [{ ...record, offset: record.offset + 1 }, ...next.records] }));
      return true;
    },
  },
  {
    name: 'the first event of an epoch is left out of an archive that is written anew with every key of it',
    toldBy: 'events',
    first: { code: 'sequence.broken', epoch: 1 },
    tamper: async (scene) => {
      const { next } = someEnded(scene, ['executions']);
      await rewriteAll(scene, swap(scene, next, { ...next, records: next.records.slice(1) }));
      return true;
    },
  },
  {
    name: 'what the anchor says of an epoch is taken out of it, with its key',
    toldBy: 'anchor',
    tamper: async (scene) => {
      // Of a log that others were told of after: behind the last word of the anchor nothing shows that it is not there.
      await silence(scene, (await logOf(scene, someEnded(scene, ['inbox.acme']).next)).path, (entries) => entries);
      return true;
    },
  },
  {
    name: 'what the anchor says of an epoch is taken out of it with its key, and the rest of it is numbered anew',
    toldBy: 'witness',
    tamper: async (scene) => {
      await silence(scene, (await logOf(scene, someEnded(scene).next)).path, renumbered);
      return true;
    },
  },
];

