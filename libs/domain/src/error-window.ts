import type { Tries } from '@countersign/contracts';
import { minutes, type Instant, type Millis } from '@countersign/kernel';

/** Errors count this long. */
const ERROR_WINDOW = minutes(5);
/** One failure of two calls is no rate. */
const ERROR_ATTEMPTS = 20;
/** The window is kept in so many parts: what is older goes a part at a time. */
const PARTS = 20;

/** By number of the part since 1970, oldest first: calls and errors. */
export type FrozenErrors = readonly (readonly [number, number, number])[];

/** Calls of one tool that came to their end within the newest `span`, give or take a twentieth of it. */
export class ErrorWindow {
  readonly #parts: Map<number, Tries>;
  readonly #part: number;

  constructor(frozen: FrozenErrors = [], private readonly span: Millis = ERROR_WINDOW) {
    this.#part = span / PARTS;
    this.#parts = new Map(frozen.map(([part, calls, errors]) => [part, { calls, errors }]));
  }

  /** `at`: time of the event that says so. */
  add({ calls, errors }: Tries, at: Instant): void {
    const part = Math.floor(at / this.#part);
    for (const known of this.#parts.keys()) if (known * this.#part <= at - this.span) this.#parts.delete(known);
    const before = this.#parts.get(part);
    this.#parts.set(part, { calls: (before?.calls ?? 0) + calls, errors: (before?.errors ?? 0) + errors });
  }

  /** What counts at a time, together with what is just coming to its end. */
  sum(at: Instant, more: Tries = { calls: 0, errors: 0 }): Tries {
    let { calls, errors } = more;
    for (const [part, tries] of this.#parts) {
      if (part * this.#part <= at - this.span) continue;
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
export const isTooMany = ({ calls, errors }: Tries, share: number, enough = ERROR_ATTEMPTS): boolean => calls >= enough && errors > share * calls;
