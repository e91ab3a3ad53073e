import type { CallOutcome, ReadBackOutcome } from '@countersign/domain';
import { millis, sha256, type Instant } from '@countersign/kernel';
import type { MemoryProcess } from '../memory-process.js';
import type { VirtualTime } from '../virtual-time.js';

/**
 * What goes wrong with one call. `refused`: it never left; `before` and `after`: no answer, and not done or done; `late`: done when nobody
 * waits any more; `slow`: answered just in time; `500-before` and `500-after`: a server in trouble, and not done or done; `reset`: the
 * connection breaks, and it was done or not; `busy`: come back later, and when.
 */
export const TOOL_FAULTS = ['refused', 'before', 'after', 'late', 'slow', '500-before', '500-after', 'reset', 'busy'] as const;
export type ToolFault = (typeof TOOL_FAULTS)[number];

export interface ToolCall {
  readonly key: string;
  /** The caller waits no longer. */
  readonly deadline: Instant;
  /** Who calls: a frozen one hears of the answer later, a dead one never. */
  readonly process: MemoryProcess;
  /** A repeat under the key is done once. */
  readonly honoursKeys: boolean;
}

/** Of 100 calls in quiet times. */
const FAULTY = 25;
const WAYS = 120;
/** A request that is held up somewhere arrives this much later, far behind the deadline of its call. */
const HELD_UP = 40_000;
const LONGEST_RETRY_AFTER = 90_000;

/** An outside system, and its own record of what it did, which is the judge. */
export class FaultyTool {
  /** How often something was done under each key. */
  readonly effects = new Map<string, number>();
  /** All calls go wrong in one way for a time. */
  trouble: ToolFault | undefined;

  constructor(private readonly time: VirtualTime) {}

  call(call: ToolCall): Promise<CallOutcome> {
    const { time } = this;
    const began = time.now();
    const fault = this.trouble ?? (this.random(100) < FAULTY ? TOOL_FAULTS[this.random(TOOL_FAULTS.length)] : undefined);
    const way = 5 + this.random(WAYS);
    const left = call.deadline - began;
    return new Promise((resolve) => {
      const says = (after: number, outcome: () => CallOutcome): void => void time.after(millis(after), () => call.process.reach(() => resolve(outcome())));
      const does = (after: number): void => void time.after(millis(after), () => this.commit(call));
      const answered = (status: number, more: object = {}) => (): CallOutcome => ({ kind: 'answered', status, faults: [], latencyMs: time.now() - began, ...more });
      const done = answered(201, { result: { refund: call.key }, outsideId: call.key });
      says(left, () => ({ kind: 'timeout', latencyMs: left }));
      switch (fault) {
        case undefined:
          does(way);
          return says(2 * way, done);
        case 'refused':
          return says(way, () => ({ kind: 'not-sent', code: 'ECONNREFUSED', latencyMs: way }));
        case 'before':
          return undefined;
        case 'after':
          return does(way);
        case 'late':
          return does(left + this.random(HELD_UP));
        case 'slow':
          does(way);
          return says(Math.max(way, left - this.random(50)), done);
        case '500-before':
          return says(2 * way, answered(500));
        case '500-after':
          does(way);
          return says(2 * way, answered(503, this.retryAfter()));
        case 'reset':
          if (this.random(2) === 0) does(way);
          return says(2 * way, () => ({ kind: 'broken', code: 'ECONNRESET', latencyMs: 2 * way }));
        case 'busy':
          return says(2 * way, answered(429, this.retryAfter()));
      }
    });
  }

  /** Looks an effect up; one time in six there is no answer. */
  look(key: string, process: MemoryProcess): Promise<ReadBackOutcome> {
    const way = 5 + this.random(WAYS);
    const isSilent = this.random(6) === 0;
    return new Promise((resolve) => {
      this.time.after(millis(way), () => {
        const isThere = this.effects.has(key);
        const outcome = (): ReadBackOutcome => {
          if (isSilent) return { kind: 'unanswered', code: 'http.503', looks: [], latencyMs: way };
          return isThere ? { kind: 'found', sha256: sha256(key), faults: [], result: { refund: key }, outsideId: key, latencyMs: way } : { kind: 'absent', looks: [], latencyMs: way };
        };
        this.time.after(millis(way), () => process.reach(() => resolve(outcome())));
      });
    });
  }

  private commit({ key, honoursKeys }: ToolCall): void {
    const times = this.effects.get(key) ?? 0;
    if (times === 0 || !honoursKeys) this.effects.set(key, times + 1);
  }

  private retryAfter(): { readonly retryAfterMs?: number } {
    return this.random(2) === 0 ? {} : { retryAfterMs: this.random(LONGEST_RETRY_AFTER) };
  }

  private random(below: number): number {
    return Math.floor(this.time.random() * below);
  }
}
