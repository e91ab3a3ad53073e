/** Where the parts of a log are (C2SP tlog-tiles): tiles of 256 hashes, bundles of 256 entries, and their partial ones at the right edge. */

/** Hashes of a full tile, entries of a full bundle. */
export const TILE_WIDTH = 256;
export const CHECKPOINT_PATH = 'checkpoint';

/** One tile (`level` 0 has the leaf hashes) or, with level `entries`, one bundle. `width` is 1 to 256. */
export interface Part {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

const indexPath = (index: number): string => {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return groups.join('/');
};

/** `tile/0/x001/x234/067.p/12`. */
export const partPath = ({ level, index, width }: Part): string => `tile/${level}/${indexPath(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`;

const PART = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The part that a path names in its one spelling; `undefined` for any other path. */
export const parsePartPath = (path: string): Part | undefined => {
  const [, level = '', groups = '', partial] = PART.exec(path) ?? [];
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const part: Part = { level: level === 'entries' ? level : Number(level), index, width: partial === undefined ? TILE_WIDTH : Number(partial) };
  return part.width <= TILE_WIDTH && partPath(part) === path ? part : undefined;
};

/** Number of whole hashes of a level in a tree of a size: each covers 256^level entries. */
const hashesOf = (size: number, level: number): number => Math.floor(size / TILE_WIDTH ** level);

/** How many levels of tiles a tree of a size has. */
export const levelsOf = (size: number): number => {
  let level = 0;
  while (hashesOf(size, level) > 0) level += 1;
  return level;
};

/** Width of a tile or bundle in a tree of a size; 0 where the tree has none there. */
export const widthOf = (size: number, { level, index }: Pick<Part, 'level' | 'index'>): number =>
  Math.max(0, Math.min(TILE_WIDTH, hashesOf(size, level === 'entries' ? 0 : level) - index * TILE_WIDTH));

/** The first entry that a part tells of. */
export const firstEntryOf = ({ level, index }: Pick<Part, 'level' | 'index'>): number => index * TILE_WIDTH ** (level === 'entries' ? 1 : level + 1);

/** The parts of one level of a tree of a size, from the left, from the one with index `from` on. */
export function* partsOf(size: number, level: Part['level'], from = 0): Generator<Part> {
  for (let index = from; ; index += 1) {
    const width = widthOf(size, { level, index });
    if (width === 0) return;
    yield { level, index, width };
  }
}

/** The last part of a level where it is partial: what a log that goes on has to know. */
export const partialOf = (size: number, level: Part['level']): Part | undefined => {
  const hashes = hashesOf(size, level === 'entries' ? 0 : level);
  const width = hashes % TILE_WIDTH;
  return width === 0 ? undefined : { level, index: Math.floor(hashes / TILE_WIDTH), width };
};
