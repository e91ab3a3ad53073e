/** Choices that a seed makes, the same on every machine. */
export interface Chance {
  /** From 0 up to, and without, `below`. */
  upTo(below: number): number;
  /** With a probability from 0 to 1. */
  happens(probability: number): boolean;
  one<Item>(items: readonly Item[]): Item;
  /** Some of them, in their order; each with a probability. */
  some<Item>(items: readonly Item[], probability?: number): Item[];
}

/** Mulberry32: 32 bits of state, which is plenty for test data. */
export const chanceOf = (seed: number): Chance => {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (below: number): number => Math.floor(next() * below);
  return {
    upTo,
    happens: (probability) => next() < probability,
    one: <Item>(items: readonly Item[]): Item => {
      const index = upTo(items.length);
      if (!(index in items)) throw new RangeError('there is nothing to choose from');
      return items[index] as Item;
    },
    some: (items, probability = 0.5) => items.filter(() => next() < probability),
  };
};
