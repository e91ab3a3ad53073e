import { TlogFault } from './fault.js';
import { partialOf, levelsOf, TILE_WIDTH, widthOf, type Part } from './layout.js';
import { EMPTY_ROOT, HASH_BYTES, nodeHash, rootFromPath, splitOf, treeRoot } from './merkle.js';

/** Proofs out of tiles (RFC 9162, section 2.1), and their checks. */

/** Gives the bytes of a tile or bundle, `width` hashes or entries wide at least. Throws `object.missing`. */
export type ReadPart = (part: Part) => Promise<Uint8Array>;

/** A tree of one size whose hashes are in tiles. */
export interface TiledTree {
  readonly size: number;
  readonly read: ReadPart;
}

/** The hashes of a tile, as views of it. Throws `proof.invalid` for one that is too short, or not made of hashes. */
export const hashesOfTile = (tile: Uint8Array, width: number): readonly Uint8Array[] => {
  if (tile.length % HASH_BYTES !== 0 || tile.length < width * HASH_BYTES) throw new TlogFault('proof.invalid', `a tile has ${tile.length} bytes and should have ${width} hashes`);
  return Array.from({ length: width }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
};

/** Hash over the entries `from` up to `to` of a tree: a full, aligned range is in one tile, any other is put together of two. */
const rangeHash = async (tree: TiledTree, from: number, to: number): Promise<Buffer> => {
  const size = to - from;
  const level = size === 1 ? 0 : Math.floor(Math.log2(size) / 8);
  const span = TILE_WIDTH ** level;
  const isFull = Number.isInteger(Math.log2(size)) && from % size === 0;
  if (isFull) {
    const first = from / span;
    const index = Math.floor(first / TILE_WIDTH);
    const width = widthOf(tree.size, { level, index });
    const hashes = hashesOfTile(await tree.read({ level, index, width }), width);
    const at = first - index * TILE_WIDTH;
    return treeRoot(hashes.slice(at, at + size / span));
  }
  const left = splitOf(size);
  const [leftHash, rightHash] = [await rangeHash(tree, from, from + left), await rangeHash(tree, from + left, to)];
  return nodeHash(leftHash, rightHash);
};

/** Root of the tree, out of its tiles. */
export const rootOf = (tree: TiledTree): Promise<Buffer> => (tree.size === 0 ? Promise.resolve(EMPTY_ROOT) : rangeHash(tree, 0, tree.size));

/** Inclusion path of an entry, lowest sibling first. */
export const proveInclusion = async (tree: TiledTree, index: number): Promise<readonly Buffer[]> => {
  if (!(index >= 0 && index < tree.size)) throw new RangeError(`a tree of ${tree.size} entries has no entry ${index}`);
  const siblings: Buffer[] = [];
  let [from, to] = [0, tree.size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    const isLeft = index < middle;
    siblings.unshift(isLeft ? await rangeHash(tree, middle, to) : await rangeHash(tree, from, middle));
    [from, to] = isLeft ? [from, middle] : [middle, to];
  }
  return siblings;
};

/** Proof that the tree of the first `size` entries is a prefix of this one; empty for nothing and for all of it. */
export const proveConsistency = async (tree: TiledTree, size: number): Promise<readonly Buffer[]> => {
  if (!(size >= 0 && size <= tree.size)) throw new RangeError(`a tree of ${tree.size} entries has no prefix of ${size}`);
  if (size === 0 || size === tree.size) return [];
  const proof: Buffer[] = [];
  let [from, to] = [0, tree.size];
  let isWhole = true;
  for (let rest = size; rest !== to - from; ) {
    const left = splitOf(to - from);
    if (rest <= left) {
      proof.unshift(await rangeHash(tree, from + left, to));
      to = from + left;
    } else {
      proof.unshift(await rangeHash(tree, from, from + left));
      from += left;
      rest -= left;
      isWhole = false;
    }
  }
  return isWhole ? proof : [await rangeHash(tree, from, to), ...proof];
};

/** A tree as somebody knows it. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether a proof shows that `from` is a prefix of `to` (RFC 9162, section 2.1.4.2). */
export const isConsistent = (from: TreeHead, to: TreeHead, proof: readonly Uint8Array[]): boolean => {
  if (from.size > to.size) return false;
  if (from.size === to.size) return proof.length === 0 && Buffer.compare(from.root, to.root) === 0;
  if (from.size === 0) return proof.length === 0 && Buffer.compare(from.root, EMPTY_ROOT) === 0;
  const path = Number.isInteger(Math.log2(from.size)) ? [from.root, ...proof] : proof;
  const [first, ...rest] = path;
  if (!first) return false;
  let [position, last] = [from.size - 1, to.size - 1];
  while (position % 2 === 1) [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  let [old, now] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      old = nodeHash(hash, old);
      now = nodeHash(hash, now);
      while (position % 2 === 0 && position !== 0) [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
    } else {
      now = nodeHash(now, hash);
    }
    [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  }
  return last === 0 && Buffer.compare(old, from.root) === 0 && Buffer.compare(now, to.root) === 0;
};

/** Whether a path shows that a leaf is entry `index` of a tree. */
export const isIncluded = (leaf: Uint8Array, index: number, { size, root }: TreeHead, path: readonly Uint8Array[]): boolean => {
  const found = rootFromPath(leaf, index, size, path);
  return found !== undefined && Buffer.compare(found, root) === 0;
};

/** The parts at the right edge of a tree: one partial tile a level at most, and one bundle. */
export const edgeParts = (size: number): readonly Part[] => ['entries' as const, ...Array.from({ length: levelsOf(size) }, (_, level) => level)].flatMap((level) => partialOf(size, level) ?? []);
