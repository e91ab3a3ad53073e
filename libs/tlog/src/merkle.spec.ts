import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { EMPTY_ROOT, leafHash, nodeHash, rootFromPath, treeRoot, treeWithPaths } from './merkle.js';

/** The test vectors of RFC 6962's reference implementation (certificate-transparency). */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = INPUTS.map((hex) => leafHash(Buffer.from(hex, 'hex')));

describe('merkle tree', () => {
  it('has the roots of the reference implementation for 1 to 8 leaves', () => {
    expect(ROOTS.map((_, at) => treeRoot(leaves.slice(0, at + 1)).toString('hex'))).toEqual(ROOTS);
    expect(treeRoot([])).toEqual(EMPTY_ROOT);
  });

  it('proves every leaf of a tree of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (size) => {
        const hashes = Array.from({ length: size }, (_, at) => leafHash(Buffer.from([at])));
        const { root, paths } = treeWithPaths(hashes);
        expect(root).toEqual(treeRoot(hashes));
        for (const [at, hash] of hashes.entries()) expect(rootFromPath(hash, at, size, paths[at] ?? [])).toEqual(root);
      }),
      { numRuns: 50 },
    );
  });

  it('gives another root for another index, size, leaf or path', () => {
    const { root, paths } = treeWithPaths(leaves);
    const path = paths[3] ?? [];
    const other = leafHash(Buffer.from('other'));
    expect(rootFromPath(leaves[3] ?? other, 2, 8, path)).not.toEqual(root);
    expect(rootFromPath(other, 3, 8, path)).not.toEqual(root);
    expect(rootFromPath(leaves[3] ?? other, 3, 9, path)).toBeUndefined();
    expect(rootFromPath(leaves[3] ?? other, 3, 8, path.slice(1))).toBeUndefined();
    expect(rootFromPath(leaves[3] ?? other, 8, 8, path)).toBeUndefined();
    expect(rootFromPath(leaves[3] ?? other, 3, 8, [...path, other])).toBeUndefined();
  });

  it('hashes the parts of a leaf as one', () => {
    expect(leafHash(Buffer.from('ab'), Buffer.from('c'))).toEqual(leafHash(Buffer.from('abc')));
  });

  it('takes nothing but hashes of 32 bytes for a node, so that a shorter path cannot borrow from its neighbour', () => {
    expect(() => nodeHash(Buffer.alloc(31), Buffer.alloc(33))).toThrow('32 bytes');
  });
});
