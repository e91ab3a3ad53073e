import { decodeBundle, encodeBundle, MAX_ENTRY_BYTES } from './bundle.js';
import { malformed } from './fault.js';
import { partPath, TILE_WIDTH, type Part } from './layout.js';
import { EMPTY_ROOT, leafHash, nodeHash, treeRoot } from './merkle.js';
import { edgeParts, hashesOfTile, type TiledTree } from './proof.js';

/** One object of a log, as it is stored. */
export interface LogObject {
  readonly path: string;
  readonly part: Part;
  readonly bytes: Buffer;
}

interface Level {
  /** How many full tiles are behind it. */
  index: number;
  /** The hashes of its partial tile. */
  hashes: Uint8Array[];
}

/** Roots of the perfect subtrees that a row of hashes falls into, from the right. */
const peaks = (hashes: readonly Uint8Array[]): readonly Uint8Array[] => {
  const found: Uint8Array[] = [];
  let end = hashes.length;
  for (let span = 1; end > 0; span *= 2) {
    if (end % (2 * span) === 0) continue;
    found.push(span === 1 ? (hashes[end - 1] as Uint8Array) : treeRoot(hashes.slice(end - span, end)));
    end -= span;
  }
  return found;
};

/** The right edge of a log that grows: takes entries, and gives the objects that have to be stored before a checkpoint may say so. */
export class Edge {
  private readonly levels: Level[] = [];
  private entries: Uint8Array[] = [];
  private done: LogObject[] = [];
  private count = 0;

  /** Goes on where a log of a size has ended, from its parts at the edge. The caller compares `root()` with the checkpoint. */
  static async load({ size, read }: TiledTree): Promise<Edge> {
    const edge = new Edge();
    edge.count = size;
    for (const part of edgeParts(size)) {
      const bytes = await read(part);
      if (part.level === 'entries') edge.entries = [...decodeBundle(bytes, part.width)];
      else edge.level(part.level, size).hashes = [...hashesOfTile(bytes, part.width)];
    }
    for (let level = 0; size >= TILE_WIDTH ** level; level += 1) edge.level(level, size);
    return edge;
  }

  get size(): number {
    return this.count;
  }

  /** Throws `malformed` for an entry that is too long, and takes nothing then. */
  append(entry: Uint8Array): void {
    if (entry.length > MAX_ENTRY_BYTES) throw malformed(`an entry of ${entry.length} bytes is longer than ${MAX_ENTRY_BYTES}`);
    this.entries.push(entry);
    if (this.entries.length === TILE_WIDTH) {
      this.emit({ level: 'entries', index: Math.floor(this.count / TILE_WIDTH), width: TILE_WIDTH }, encodeBundle(this.entries));
      this.entries = [];
    }
    this.count += 1;
    this.push(0, leafHash(entry));
  }

  root(): Buffer {
    const [first, ...rest] = this.levels.flatMap(({ hashes }) => peaks(hashes));
    return first ? Buffer.from(rest.reduce((right, left) => nodeHash(left, right), first)) : EMPTY_ROOT;
  }

  /** What has to be stored before a checkpoint of this size: what was filled since the last call, and what is partial now. Bundles first. */
  objects(): readonly LogObject[] {
    const filled = this.done;
    this.done = [];
    const partial = edgeParts(this.count).map((part) => objectOf(part, part.level === 'entries' ? encodeBundle(this.entries) : Buffer.concat(this.level(part.level, this.count).hashes)));
    return [...filled, ...partial].toSorted((one, other) => Number(other.part.level === 'entries') - Number(one.part.level === 'entries'));
  }

  private push(level: number, hash: Uint8Array): void {
    const found = this.level(level, 0);
    found.hashes.push(hash);
    if (found.hashes.length < TILE_WIDTH) return;
    this.emit({ level, index: found.index, width: TILE_WIDTH }, Buffer.concat(found.hashes));
    const root = treeRoot(found.hashes);
    found.index += 1;
    found.hashes = [];
    this.push(level + 1, root);
  }

  private level(level: number, size: number): Level {
    return (this.levels[level] ??= { index: Math.floor(size / TILE_WIDTH ** (level + 1)), hashes: [] });
  }

  private emit(part: Part, bytes: Buffer): void {
    this.done.push(objectOf(part, bytes));
  }
}

const objectOf = (part: Part, bytes: Buffer): LogObject => ({ path: partPath(part), part, bytes });
