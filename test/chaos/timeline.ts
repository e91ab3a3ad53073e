/** One thing that was done to the stack, for whoever has to find out what went wrong. */
export interface Moment {
  /** Milliseconds since the storm began. */
  readonly atMs: number;
  /** Tasks that were sent, and that had ended, until then. */
  readonly sent: number;
  readonly finished: number;
  readonly what: string;
}

export class Timeline {
  readonly moments: Moment[] = [];
  readonly #progress: () => { readonly sent: number; readonly finished: number };
  readonly #tell: (moment: Moment) => void;
  #startedAt = performance.now();

  constructor(progress: () => { readonly sent: number; readonly finished: number }, tell: (moment: Moment) => void) {
    this.#progress = progress;
    this.#tell = tell;
  }

  begin(): void {
    this.#startedAt = performance.now();
  }

  note(what: string): void {
    const moment = { atMs: Math.round(performance.now() - this.#startedAt), ...this.#progress(), what };
    this.moments.push(moment);
    this.#tell(moment);
  }
}

export const momentText = ({ atMs, sent, finished, what }: Moment): string => `${(atMs / 1_000).toFixed(1).padStart(7)} s  ${String(sent).padStart(5)} sent ${String(finished).padStart(5)} ended  ${what}`;
