/** 127 bits as four words of 32; the lowest bit is set, so that no digest looks like an empty place. */
export type Digest = readonly [number, number, number, number];

const WORDS = 4;
const BYTES = 16;
const SPAN = 2 ** 32;
const SMALLEST = 16;
/** Fuller, and looking in vain takes more than nine places. */
const FULL = 0.75;
/** Places behind the last home: nothing wraps around, so that the order of places stays the order of digests. */
const TAIL = 64;

/**
 * A set of digests in one buffer, 16 bytes each and a third more for speed. The home of a digest is given by its leading bits: what is read
 * place by place is all but sorted.
 */
export class DigestTable {
  #places: Uint32Array = placesFor(SMALLEST);
  #homes = SMALLEST;
  #size = 0;

  /** What `sorted` gave. */
  static of(packed: Uint8Array): DigestTable {
    const table = new DigestTable();
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    table.#resize(homesFor(packed.byteLength / BYTES));
    for (let at = 0; at + BYTES <= packed.byteLength; at += BYTES) table.add([view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)]);
    return table;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#places.byteLength;
  }

  has(digest: Digest): boolean {
    const at = this.#find(digest);
    return at < this.#places.length && this.#places[at + 3] !== 0;
  }

  add(digest: Digest): void {
    if (this.#size + 1 > this.#homes * FULL) this.#resize(2 * this.#homes);
    let at = this.#find(digest);
    while (at >= this.#places.length) {
      this.#resize(this.#homes + SMALLEST + Math.ceil(this.#homes / 4));
      at = this.#find(digest);
    }
    if (this.#places[at + 3] !== 0) return;
    this.#places.set(digest, at);
    this.#size += 1;
  }

  /** Gives back room that was kept for more. */
  trim(): void {
    const homes = homesFor(this.#size);
    if (homes < this.#homes) this.#resize(homes);
  }

  /** All digests in their order, big-endian: the same bytes for the same set, whatever its history. */
  sorted(): Uint8Array {
    const words = new Uint32Array(this.#size * WORDS);
    let end = 0;
    for (let at = 0; at < this.#places.length; at += WORDS) {
      if (this.#places[at + 3] === 0) continue;
      // A digest is never far behind its place in the order.
      let to = end;
      for (; to > 0 && isBefore(this.#places, at, words, to - WORDS); to -= WORDS) copy(words, to - WORDS, words, to);
      copy(this.#places, at, words, to);
      end += WORDS;
    }
    const packed = new Uint8Array(words.length * 4);
    const view = new DataView(packed.buffer);
    for (let index = 0; index < words.length; index += 1) view.setUint32(index * 4, words[index] ?? 0);
    return packed;
  }

  /** Where a digest is or would be; behind the end where there is no place left for it. */
  #find([first, second, third, fourth]: Digest): number {
    const places = this.#places;
    let at = Math.floor((first / SPAN) * this.#homes) * WORDS;
    while (at < places.length && places[at + 3] !== 0) {
      if (places[at] === first && places[at + 1] === second && places[at + 2] === third && places[at + 3] === fourth) return at;
      at += WORDS;
    }
    return at;
  }

  #resize(homes: number): void {
    const before = this.#places;
    this.#places = placesFor(homes);
    this.#homes = homes;
    this.#size = 0;
    for (let at = 0; at < before.length; at += WORDS) {
      const last = before[at + 3] ?? 0;
      if (last !== 0) this.add([before[at] ?? 0, before[at + 1] ?? 0, before[at + 2] ?? 0, last]);
    }
  }
}

const placesFor = (homes: number): Uint32Array => new Uint32Array((homes + TAIL) * WORDS);

const homesFor = (size: number): number => Math.max(SMALLEST, Math.ceil(size / FULL));

/** One digest; a call into the buffer for so little would take longer. */
const copy = (from: Uint32Array, at: number, into: Uint32Array, to: number): void => {
  for (let word = 0; word < WORDS; word += 1) into[to + word] = from[at + word] ?? 0;
};

const isBefore = (one: Uint32Array, at: number, other: Uint32Array, to: number): boolean => {
  for (let word = 0; word < WORDS; word += 1) {
    const difference = (one[at + word] ?? 0) - (other[to + word] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
};
