import type { Instant } from '@countersign/kernel';

interface Item {
  readonly at: Instant;
  /** Of two at one time the one that was added first comes first. */
  readonly order: number;
  readonly act: () => void | Promise<void>;
}

const isBefore = (one: Item, other: Item): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);

/** What is to be done when, soonest first: a binary heap. */
export class Agenda {
  readonly #items: Item[] = [];
  #added = 0;

  add(at: Instant, act: Item['act']): void {
    const item = { at, order: this.#added++, act };
    let index = this.#items.length;
    this.#items.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#items[parent];
      if (!above || isBefore(above, item)) break;
      this.#items[index] = above;
      index = parent;
    }
    this.#items[index] = item;
  }

  next(): Item | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (first && last && this.#items.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: Item): void {
    let index = 0;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const [one, other] = [this.#items[left], this.#items[right]];
      const child = other && one && isBefore(other, one) ? right : left;
      const below = this.#items[child];
      if (!below || isBefore(item, below)) break;
      this.#items[index] = below;
      index = child;
    }
    this.#items[index] = item;
  }
}
