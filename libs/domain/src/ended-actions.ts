import { deterministicId, millis, type Instant } from '@countersign/kernel';
import { GRANT_LIFE } from './decision/constants.js';
import { digestOf, HourMemory, type FrozenHours } from './hour-memory.js';

/** What is done once: a step, and once more for each answer by which people have it done again. The outside system is called with the first key always. */
export const onceKey = (idempotencyKey: string, again?: string): string => (again === undefined ? idempotencyKey : deterministicId('again', idempotencyKey, again));

/**
 * Actions that have come to an end, by `onceKey`, each until no grant of its run can be valid any more. Unlike the executor's `used`,
 * which forgets a grant when it expires, this also knows a step that is granted a second time.
 */
export class EndedActions {
  readonly #memory: HourMemory<string>;

  /** `frozen`: what `freeze` gave. */
  constructor(frozen: FrozenHours = []) {
    this.#memory = new HourMemory(millis(0), digestOf, frozen);
  }

  get size(): number {
    return this.#memory.size;
  }

  has(once: string, now: Instant): boolean {
    return this.#memory.has(once, now);
  }

  /** `now`: the event's own time. */
  add({ idempotencyKey, again, runDeadline }: { readonly idempotencyKey: string; readonly again?: string; readonly runDeadline: Instant }, now: Instant): void {
    this.#memory.add(onceKey(idempotencyKey, again), (runDeadline + GRANT_LIFE) as Instant, now);
  }

  freeze(): FrozenHours {
    return this.#memory.freeze();
  }
}
