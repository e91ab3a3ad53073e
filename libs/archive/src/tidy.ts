import { codeOf } from '@countersign/kernel';
import { parsePartPath, partPath, TILE_WIDTH, type Part } from '@countersign/tlog';
import type { ObjectStore } from './object-store.js';
import { isStartOf } from './verify-log.js';

/** What became of partial tiles and bundles that whole ones have taken the place of. */
export interface Tidied {
  /** Removed; with `isDry` those that would be, unless they are locked. */
  readonly removed: number;
  /** Whose lock is not over, or that this key may not remove. */
  readonly locked: number;
  /** What is not the beginning of what has taken its place: it stays, as evidence. */
  readonly differing: readonly string[];
}

export interface TidyOptions {
  readonly store: ObjectStore;
  readonly namespace: string;
  /** Nothing is removed. */
  readonly isDry?: boolean;
  readonly onRemoved?: (removed: number) => void;
}

/** Where the log of a part lies, and the part; `undefined` for any other object. */
const partAt = (object: string): { readonly log: string; readonly part: Part } | undefined => {
  const at = object.indexOf('/tile/');
  const part = at < 0 ? undefined : parsePartPath(object.slice(at + 1));
  return part && { log: object.slice(0, at), part };
};

/**
 * Removes the partial tiles and bundles of which nothing is needed any more, since whole ones are there and begin with them: what a ledger
 * leaves behind where it dies, and what it may not remove since it was locked. Also while the archive is written and read. Throws what the store throws.
 */
export const tidy = async ({ store, namespace, isDry = false, onRemoved = () => undefined }: TidyOptions): Promise<Tidied> => {
  let [removed, locked] = [0, 0];
  const differing: string[] = [];
  // What was written over is evidence, whatever its newest version says.
  const rewritten = new Set<string>();
  for await (const { path, versions } of store.history(`${namespace}/`)) if (versions > 1) rewritten.add(path);
  // A whole part comes right before its partial ones: `000`, `000.p/12`.
  let whole = '';
  for await (const object of store.list(`${namespace}/`)) {
    const { log, part } = partAt(object) ?? {};
    if (log === undefined || !part) continue;
    const itsWhole = `${log}/${partPath({ ...part, width: TILE_WIDTH })}`;
    if (object === itsWhole) whole = object;
    if (object === itsWhole || whole !== itsWhole) continue;
    if (rewritten.has(object) || !(await isStartOf(store, log, part, TILE_WIDTH))) {
      differing.push(object);
      continue;
    }
    try {
      if (!isDry) await store.remove(object);
      onRemoved((removed += 1));
    } catch (fault) {
      if (codeOf(fault) !== 'ARCHIVE_LOCKED') throw fault;
      locked += 1;
    }
  }
  return { removed, locked, differing };
};
