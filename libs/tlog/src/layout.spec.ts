import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelsOf, parsePartPath, partialOf, partPath, partsOf, widthOf, type Part } from './layout.js';

const part: fc.Arbitrary<Part> = fc.record({ level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 6 })), index: fc.integer({ min: 0, max: 2 ** 40 }), width: fc.integer({ min: 1, max: 256 }) });

describe('the layout of a log', () => {
  it('names tiles and bundles as the specification does', () => {
    expect(partPath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(partPath({ level: 3, index: 5, width: 12 })).toBe('tile/3/005.p/12');
    expect(partPath({ level: 'entries', index: 1000, width: 1 })).toBe('tile/entries/x001/000.p/1');
  });

  it('reads back the path of every part, and of nothing else', () => {
    fc.assert(
      fc.property(part, (each) => {
        expect(parsePartPath(partPath(each))).toEqual(each);
      }),
    );
    for (const other of ['tile/0/1', 'tile/0/x000/001', 'tile/00/001', 'tile/0/001.p/0', 'tile/0/001.p/256', 'tile/0/001.p/01', 'tile/0/001/', 'tile/entries/0001', 'checkpoint', 'tile/-1/001', 'tile/0/001.p/257']) {
      expect(parsePartPath(other)).toBeUndefined();
    }
  });

  it('has the parts that the specification counts for a tree of 70,000 and of 256', () => {
    const widths = (size: number) => Array.from({ length: levelsOf(size) }, (_, level) => [...partsOf(size, level)].map(({ width }) => width));
    const [leaves, second, third] = widths(70_000);
    expect([leaves?.length, leaves?.at(-1), second, third]).toEqual([274, 112, [256, 17], [1]]);
    expect(widths(256)).toEqual([[256], [1]]);
    expect(widths(0)).toEqual([]);
  });

  it('has one partial part a level at most, and it is the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), fc.constantFrom<Part['level']>('entries', 0, 1, 2), (size, level) => {
        const parts = [...partsOf(size, level)];
        expect(parts.filter(({ width }) => width < 256)).toEqual([partialOf(size, level) ?? []].flat());
        expect(parts.every((each) => widthOf(size, each) === each.width)).toBe(true);
        expect([...partsOf(size, level, 2)]).toEqual(parts.slice(2));
      }),
    );
  });
});
