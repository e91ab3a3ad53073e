import { millis, type Instant } from '@countersign/kernel';
import { GRANT_LIFE } from './decision/constants.js';
import { digestOf, HourMemory, type FrozenHours } from './hour-memory.js';

/**
 * Actions that have come to an end, by idempotency key, each until no grant of its run can be valid any more. Unlike the executor's `used`,
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

  has(idempotencyKey: string, now: Instant): boolean {
    return this.#memory.has(idempotencyKey, now);
  }

  /** `now`: the event's own time. */
  add({ idempotencyKey, runDeadline }: { readonly idempotencyKey: string; readonly runDeadline: Instant }, now: Instant): void {
    this.#memory.add(idempotencyKey, (runDeadline + GRANT_LIFE) as Instant, now);
  }

  freeze(): FrozenHours {
    return this.#memory.freeze();
  }
}
