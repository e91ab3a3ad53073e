import type { BusRuntime } from '@countersign/bus';

/** One group of a relay: a name, and what makes its runtime. */
export interface RelayGroupsOptions {
  /** Names of the groups that there should be now. */
  readonly wanted: () => readonly string[];
  /** Told of every change that may make it others; gives what ends that. */
  readonly onChange: (listener: () => void) => () => void;
  readonly create: (name: string) => BusRuntime;
  readonly onFatal: (fault: unknown) => void;
}

/**
 * Several groups of one relay, as many as people put in force: each reads everything and commits what it has handled itself, so one that
 * is slow holds up no other.
 */
export class RelayGroups implements BusRuntime {
  readonly #running = new Map<string, BusRuntime>();
  #work: Promise<void> = Promise.resolve();
  #off: (() => void) | undefined;
  #stopped = false;

  constructor(private readonly options: RelayGroupsOptions) {}

  /** Resolves once those are started that there should be now. */
  start(): Promise<void> {
    this.#off = this.options.onChange(() => {
      if (this.#isOther()) this.#adapt().catch(this.options.onFatal);
    });
    return this.#adapt();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#off?.();
    await this.#work.catch(() => undefined);
    await Promise.all([...this.#running.values()].map((runtime) => runtime.stop()));
  }

  #isOther(): boolean {
    const wanted = this.options.wanted();
    return wanted.length !== this.#running.size || wanted.some((name) => !this.#running.has(name));
  }

  /** One change after the other: a group is left before it is joined again. */
  #adapt(): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#stopped) return;
      const wanted = this.options.wanted();
      const gone = [...this.#running].filter(([name]) => !wanted.includes(name));
      for (const [name, runtime] of gone) {
        this.#running.delete(name);
        await runtime.stop();
      }
      const made = wanted.filter((name) => !this.#running.has(name)).map((name) => {
        const runtime = this.options.create(name);
        this.#running.set(name, runtime);
        return runtime;
      });
      await Promise.all(made.map((runtime) => runtime.start()));
    });
    return this.#work;
  }
}
