import type { Tries } from '@countersign/contracts';
import { minutes, seconds, type Instant } from '@countersign/kernel';

/** Errors count this long. */
export const ERROR_WINDOW = minutes(5);
/** One failure of two calls is no rate. */
export const ERROR_ATTEMPTS = 20;
/** Calls are kept in so many parts of the window: what is older goes a part at a time. */
const PART = seconds(15);

/** By number of the part since 1970, oldest first: calls and errors. */
export type FrozenErrors = readonly (readonly [number, number, number])[];

/** Calls of one tool that came to their end in the last five minutes, give or take fifteen seconds. */
export class ErrorWindow {
  readonly #parts: Map<number, Tries>;

  constructor(frozen: FrozenErrors = []) {
    this.#parts = new Map(frozen.map(([part, calls, errors]) => [part, { calls, errors }]));
  }

  /** `at`: time of the event that says so. */
  add({ calls, errors }: Tries, at: Instant): void {
    const part = Math.floor(at / PART);
    for (const known of this.#parts.keys()) if (known * PART <= at - ERROR_WINDOW) this.#parts.delete(known);
    const before = this.#parts.get(part);
    this.#parts.set(part, { calls: (before?.calls ?? 0) + calls, errors: (before?.errors ?? 0) + errors });
  }

  /** What counts at a time, together with what is just coming to its end. */
  sum(at: Instant, more: Tries = { calls: 0, errors: 0 }): Tries {
    let { calls, errors } = more;
    for (const [part, tries] of this.#parts) {
      if (part * PART <= at - ERROR_WINDOW) continue;
      calls += tries.calls;
      errors += tries.errors;
    }
    return { calls, errors };
  }

  freeze(): FrozenErrors {
    return [...this.#parts].map(([part, { calls, errors }]) => [part, calls, errors] as const);
  }
}

/** Whether so many errors are more than a share of calls, of enough calls. */
export const isTooMany = ({ calls, errors }: Tries, share: number): boolean => calls >= ERROR_ATTEMPTS && errors > share * calls;
