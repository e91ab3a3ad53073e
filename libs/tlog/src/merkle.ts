import { hash } from 'node:crypto';

/** Merkle trees as RFC 6962, section 2 defines them. A hash is 32 bytes; a tree's size is its number of leaves. */

const LEAF = Buffer.of(0x00);
const NODE = 0x01;
export const HASH_BYTES = 32;

/** Hash of one leaf, given its bytes in parts. */
export const leafHash = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat([LEAF, ...parts]), 'buffer');

/** Filled and hashed in one go: a hash object for each node takes twice as long. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE);

/** Hash of a node over the hashes below it, 32 bytes each. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw new RangeError('a hash has 32 bytes');
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return hash('sha256', node, 'buffer');
};

/** Root of the empty tree. */
export const EMPTY_ROOT: Buffer = hash('sha256', '', 'buffer');

/** Largest power of two that is smaller than `size`; `size` is at least 2. */
export const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

const subtreeRoot = (leaves: readonly Uint8Array[], from: number, size: number): Uint8Array => {
  if (size === 1) return leaves[from] as Uint8Array;
  const left = splitOf(size);
  return nodeHash(subtreeRoot(leaves, from, left), subtreeRoot(leaves, from + left, size - left));
};

/** Root of the tree over leaf hashes. */
export const treeRoot = (leaves: readonly Uint8Array[]): Buffer =>
  leaves.length === 0 ? EMPTY_ROOT : Buffer.from(subtreeRoot(leaves, 0, leaves.length));

/** Root and the inclusion path of every leaf (lowest sibling first), with one hash for each node. Paths share their buffers: do not write to them. */
export const treeWithPaths = (leaves: readonly Uint8Array[]): { readonly root: Buffer; readonly paths: readonly (readonly Uint8Array[])[] } => {
  const paths: Uint8Array[][] = leaves.map(() => []);
  const build = (from: number, size: number): Uint8Array => {
    if (size === 1) return leaves[from] as Uint8Array;
    const leftSize = splitOf(size);
    const left = build(from, leftSize);
    const right = build(from + leftSize, size - leftSize);
    for (let at = from; at < from + size; at += 1) paths[at]?.push(at < from + leftSize ? right : left);
    return nodeHash(left, right);
  };
  return { root: leaves.length === 0 ? EMPTY_ROOT : Buffer.from(build(0, leaves.length)), paths };
};

/**
 * The root that a leaf and its inclusion path lead to (RFC 9162, section 2.1.3.2);
 * `undefined` where index, size and path length cannot belong together. The caller compares it with a root it trusts.
 */
export const rootFromPath = (leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[]): Buffer | undefined => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return undefined;
  let position = index;
  let last = size - 1;
  let root: Buffer = Buffer.from(leaf);
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (position % 2 === 1 || position === last) {
      root = nodeHash(sibling, root);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
};
