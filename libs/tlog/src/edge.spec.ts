import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBundle, encodeBundle } from './bundle.js';
import { Edge } from './edge.js';
import { partPath, partsOf } from './layout.js';
import { EMPTY_ROOT, leafHash, treeRoot } from './merkle.js';
import { rootOf } from './proof.js';
import { entry, objectsOf, treeOf } from './tree.fixture.js';

const rootOfFirst = (size: number): Buffer => treeRoot(Array.from({ length: size }, (_, at) => leafHash(entry(at))));
const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 4 }).map((found) => found.toSorted((one, other) => one - other));

describe('the right edge of a log', () => {
  it('has the root of the plain tree at every size, and its objects lead to it', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (at) => {
        const objects = objectsOf(at);
        for (const size of at) expect(await rootOf(treeOf(objects, size))).toEqual(rootOfFirst(size));
      }),
      { numRuns: 30 },
    );
  });

  it('has every entry in its bundles', () => {
    const objects = objectsOf([700]);
    const entries = [...partsOf(700, 'entries')].flatMap((part) => decodeBundle(objects.get(partPath(part)) ?? Buffer.alloc(0), part.width));
    expect(entries).toEqual(Array.from({ length: 700 }, (_, at) => entry(at)));
  });

  it('goes on where it ended, and writes the same bytes as if it had never ended', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 0, max: 600 }), async (at, more) => {
        const last = at.at(-1) ?? 0;
        const edge = await Edge.load(treeOf(objectsOf(at), last));
        expect([edge.size, edge.root()]).toEqual([last, rootOfFirst(last)]);
        while (edge.size < last + more) edge.append(entry(edge.size));
        const whole = objectsOf([...at, last + more]);
        for (const { path, bytes } of edge.objects()) expect(bytes).toEqual(whole.get(path));
        expect(edge.root()).toEqual(rootOfFirst(last + more));
      }),
      { numRuns: 30 },
    );
  });

  it('is right over three levels of tiles', async () => {
    const size = 65_536 + 256 + 3;
    const objects = objectsOf([65_536, size]);
    expect(await rootOf(treeOf(objects, size))).toEqual(rootOfFirst(size));
    expect((await Edge.load(treeOf(objects, 65_536))).root()).toEqual(rootOfFirst(65_536));
    expect([objects.get('tile/2/000.p/1')?.length, objects.get('tile/1/000')?.length, objects.get('tile/1/001.p/1')?.length]).toEqual([32, 8192, 32]);
  });

  it('gives bundles before tiles, each filled one once, and nothing twice', () => {
    const edge = new Edge();
    for (let at = 0; at < 300; at += 1) edge.append(entry(at));
    expect(edge.objects().map(({ path }) => path)).toEqual(['tile/entries/000', 'tile/entries/001.p/44', 'tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1']);
    edge.append(entry(300));
    expect(edge.objects().map(({ path }) => path)).toEqual(['tile/entries/001.p/45', 'tile/0/001.p/45', 'tile/1/000.p/1']);
  });

  it('is empty at first', () => {
    expect([new Edge().root(), new Edge().objects(), new Edge().size]).toEqual([EMPTY_ROOT, [], 0]);
  });

  it('takes nothing that is too long for a bundle', () => {
    const edge = new Edge();
    expect(() => edge.append(Buffer.alloc(65_536))).toThrow('longer than 65535');
    expect(edge.size).toBe(0);
    edge.append(Buffer.alloc(65_535));
    expect(edge.size).toBe(1);
  });
});

describe('a bundle', () => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (entries) => {
        expect(decodeBundle(encodeBundle(entries), entries.length)).toEqual(entries.map((each) => Buffer.from(each)));
      }),
    );
  });

  it('is malformed where it is cut, has bytes left, or has another number of entries', () => {
    const bundle = encodeBundle([Buffer.from('ab'), Buffer.from('c')]);
    for (const [bytes, width] of [[bundle.subarray(0, -1), 2], [bundle.subarray(0, 5), 2], [bundle, 1], [bundle, 3], [Buffer.concat([bundle, Buffer.of(0)]), 2]] as const) {
      expect(() => decodeBundle(bytes, width)).toThrow(/bundle/);
    }
  });
});
