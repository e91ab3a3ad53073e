import { millis, type Instant, type Millis } from '@countersign/kernel';
import type { Elapsed } from '../steady-clock.js';
import type { Conductor } from './conductor.js';

interface Scheduled {
  readonly at: number;
  readonly nth: number;
  run: (() => void) | undefined;
}

const isBefore = (one: Scheduled, other: Scheduled): boolean => one.at < other.at || (one.at === other.at && one.nth < other.nth);

/** Everything that came about by what just ran; none of it waits for the machine. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** 32-bit mulberry: the same seed gives the same world. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Schedules must not depend on the day they run on. */
const EPOCH = Date.UTC(2026, 0, 1);

/** A clock that stands still while anything happens, and jumps to the next thing that is to happen: deterministic by its seed. */
export class VirtualTime implements Conductor {
  readonly random: () => number;
  private time = EPOCH;
  private count = 0;
  private readonly heap: Scheduled[] = [];

  constructor(
    seed: number,
    /** Shortest and longest way of a message. */
    private readonly way: readonly [Millis, Millis] = [millis(1), millis(8)],
  ) {
    this.random = seededRandom(seed);
  }

  now(): Instant {
    return this.time as Instant;
  }

  elapsed(): Elapsed {
    return this.time as Elapsed;
  }

  latency(): Millis {
    const [shortest, longest] = this.way;
    return millis(shortest + Math.floor(this.random() * (longest - shortest + 1)));
  }

  after(delay: Millis, run: () => void): () => void {
    const scheduled: Scheduled = { at: this.time + Math.max(0, Math.ceil(delay)), nth: (this.count += 1), run };
    this.push(scheduled);
    return () => (scheduled.run = undefined);
  }

  /** Runs everything that is to happen within `span`. */
  async run(span: Millis): Promise<void> {
    const end = this.time + span;
    await settled();
    for (let next = this.heap[0]; next !== undefined && next.at <= end; next = this.heap[0]) {
      this.pop();
      if (!next.run) continue;
      this.time = next.at;
      next.run();
      await settled();
    }
    this.time = end;
  }

  private push(scheduled: Scheduled): void {
    const { heap } = this;
    let at = heap.push(scheduled) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || isBefore(parent, scheduled)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = scheduled;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      const left = heap[down];
      if (!left) break;
      const right = heap[down + 1];
      const child = right && isBefore(right, left) ? right : left;
      if (child === right) down += 1;
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}
