import type { StepRef } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';

const keyOf = ({ run, step }: StepRef): string => `${run}/${step}`;

/** What people can have undone though its run is closed, until its time is over. A fold, changed in place. */
export class UndoMemory<Undoable extends { readonly until: Instant }> {
  readonly #known: Map<string, Undoable>;

  constructor(frozen: readonly (readonly [string, Undoable])[] = []) {
    this.#known = new Map(frozen);
  }

  add(ref: StepRef, undoable: Undoable, now: Instant): void {
    // Oldest first, give or take their windows.
    for (const [key, { until }] of this.#known) {
      if (until > now) break;
      this.#known.delete(key);
    }
    this.#known.set(keyOf(ref), undoable);
  }

  get(ref: StepRef, now: Instant): Undoable | undefined {
    const found = this.#known.get(keyOf(ref));
    return found && now < found.until ? found : undefined;
  }

  /** It is being undone, and is not begun a second time; whoever takes it puts it back where nothing came of it. */
  take(ref: StepRef): Undoable | undefined {
    const found = this.#known.get(keyOf(ref));
    this.#known.delete(keyOf(ref));
    return found;
  }

  freeze(): readonly (readonly [string, Undoable])[] {
    return [...this.#known];
  }
}
