import type { Instant } from '@countersign/kernel';

interface Entry {
  readonly at: Instant;
  readonly key: string;
}

/** Ties go by key, so that two folds of one log say the same. */
const inOrder = (one: Entry, other: Entry): number => one.at - other.at || (one.key < other.key ? -1 : one.key > other.key ? 1 : 0);

/** Below this a queue is never rebuilt: the entries cost less than the work. */
const SMALL = 1_024;

/**
 * The earliest of many deadlines, in O(log n). What is over is not taken out but passed over when it comes up (`isOpen`), and the
 * queue is rebuilt when most of it is over, so it stays in proportion to what is open.
 */
export class DeadlineQueue {
  #heap: Entry[] = [];

  constructor(private readonly isOpen: (key: string, at: Instant) => boolean) {}

  push(key: string, at: Instant, open: number): void {
    if (this.#heap.length > SMALL && this.#heap.length > 2 * open) this.#heap = this.#heap.filter((entry) => this.isOpen(entry.key, entry.at)).sort(inOrder);
    this.#heap.push({ at, key });
    this.#rise(this.#heap.length - 1);
  }

  /** The earliest deadline that is open. */
  next(): Instant | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.isOpen(first.key, first.at)) return first.at;
      this.#drop();
    }
    return undefined;
  }

  /** Whose deadline is the earliest that is open. */
  first(): string | undefined {
    return this.next() === undefined ? undefined : this.#heap[0]?.key;
  }

  /** Keys whose deadline is at or before `now`, earliest first. They stay until they are no longer open. */
  due(now: Instant): readonly string[] {
    const found: Entry[] = [];
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const [first] = this.#heap;
      if (first) found.push(first);
      this.#drop();
    }
    for (const { key, at } of found) this.push(key, at, Number.MAX_SAFE_INTEGER);
    return [...new Set(found.map(({ key }) => key))];
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#before(parent, at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #drop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = left + 1 < this.#heap.length && this.#before(left + 1, left) ? left + 1 : left;
      if (child >= this.#heap.length || this.#before(at, child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return true;
    return inOrder(one, other) <= 0;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
