import type { MemoryStore } from '@countersign/archive';
import { firstEntryOf, parsePartPath } from '@countersign/tlog';
import { NAMESPACE } from './signed-log.ts';

/** Where an archive is not what it was: found by comparing objects, without a look at what a verifier says. */
export interface Changed {
  /** Names of the logs that have another object, one more or one less. */
  readonly logs: ReadonlySet<string>;
  /** The first entry that is another one, where one bundle is all that differs and its bytes are still there. */
  readonly entry?: number;
}

/** Number of the entry of a bundle in which its bytes begin to be other ones. */
const firstDifference = (before: Buffer, after: Buffer): number => {
  const differs = before.findIndex((byte, at) => byte !== after[at]);
  let [entry, end] = [0, 0];
  for (;;) {
    end += 2 + (end + 2 <= before.length ? before.readUInt16BE(end) : 0);
    if (differs < end || end >= before.length) return entry;
    entry += 1;
  }
};

const LOG = new RegExp(`^${NAMESPACE}/([^/]+/\\d+(?:/e\\d+)?)/(.+)$`);

export const changedIn = async (intact: MemoryStore, tampered: MemoryStore): Promise<Changed> => {
  const histories = new Map<string, string>();
  for (const store of [intact, tampered]) for await (const { path, versions, isDeleted } of store.history('')) histories.set(path, `${histories.get(path) ?? ''} ${versions} ${isDeleted}`);
  const changed: { readonly path: string; readonly before: Buffer | undefined; readonly after: Buffer | undefined }[] = [];
  for (const [path, seen] of histories) {
    const [before, after] = [await intact.get(path), await tampered.get(path)];
    const [, one, isGone, other, isOtherGone] = seen.split(' ');
    const isSame = before !== undefined && after?.equals(before) === true && one === other && isGone === isOtherGone;
    if (!isSame) changed.push({ path, before, after });
  }
  const logs = new Set(changed.flatMap(({ path }) => LOG.exec(path)?.[1] ?? []));
  const [only, ...rest] = changed;
  const part = only && parsePartPath(LOG.exec(only.path)?.[2] ?? '');
  if (rest.length > 0 || part?.level !== 'entries' || !only?.before || !only.after) return { logs };
  return { logs, entry: firstEntryOf(part) + firstDifference(only.before, only.after) };
};
