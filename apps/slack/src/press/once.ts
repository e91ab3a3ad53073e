/** How many answers are remembered; more than are pressed within the minutes in which Slack repeats itself. */
const MOST = 5_000;

export interface Run<Result> {
  /** `again`: the same was handed over before; `other`: something else of this name was done. */
  readonly kind: 'first' | 'again' | 'other';
  readonly result: Promise<Result>;
}

/** Runs what has a name once: whoever comes with the same name meanwhile, or after it was done, gets what came of it. What failed may be tried again. */
export class Once<Result> {
  private readonly known = new Map<string, { readonly id: string; readonly result: Promise<Result> }>();

  run(name: string, id: string, act: () => Promise<Result>): Run<Result> {
    const before = this.known.get(name);
    if (before) return { kind: before.id === id ? 'again' : 'other', result: before.result };
    const result = act();
    this.known.set(name, { id, result });
    result.catch(() => this.forget(name));
    const [oldest] = this.known.keys();
    if (this.known.size > MOST && oldest !== undefined) this.known.delete(oldest);
    return { kind: 'first', result };
  }

  forget(name: string): void {
    this.known.delete(name);
  }
}
