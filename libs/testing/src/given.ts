import { newEvent, outputOf, type Cause, type Envelope, type Event, type Owner } from '@countersign/contracts';
import type { Output } from '@countersign/domain';
import { canonicalJson, sha256, type Instant } from '@countersign/kernel';

/** The three functions of a core without the first: what a service knows is a fold of what it wrote. */
export interface Core<State> {
  readonly service: Owner;
  initialState(): State;
  evolve(state: State, event: Event, cause: Cause): State;
}

/** An event and the place it stands at. */
export interface Written {
  readonly event: Event;
  readonly cause: Cause;
}

/** When everything happens unless a test says otherwise. */
export const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;

/** An event as it stands at a place of the log. */
export const writtenAt = (event: Envelope, topic: string, offset: number): Written => ({
  event: event as Event,
  cause: { id: event.id, topic, offset, sha256: sha256(canonicalJson(event)) },
});

/** What one input gave rise to, as the bus writes it: ids, times and causes are those of the trigger. */
export const write = (service: Owner, trigger: Cause, outputs: readonly Output[], from: number, now: Instant = NOW, controlEpoch?: number): readonly Written[] => {
  const seen = new Map<string, number>();
  return outputs.map((output, index) => {
    const about = `${output.type} ${output.subject ?? output.step ?? output.run ?? ''}`;
    const ordinal = seen.get(about) ?? 0;
    seen.set(about, ordinal + 1);
    return writtenAt(newEvent({ ...output, service, trigger, now, ordinal, controlEpoch }), outputOf(service), from + index);
  });
};

export const fold = <State>(core: Core<State>, log: readonly Written[], from: State = core.initialState()): State =>
  log.reduce((state, { event, cause }) => core.evolve(state, event, cause), from);

/**
 * `expect(given(core).after(trigger, outputs).when((state) => decide(..., state, ...))).toMatchObject([...])`: what has been written,
 * what happens, and what is to be written then.
 */
export class Given<State> {
  constructor(
    private readonly core: Core<State>,
    readonly log: readonly Written[] = [],
  ) {}

  /** One input, and what it gave rise to. */
  after(trigger: Written, outputs: readonly Output[], now: Instant = NOW): Given<State> {
    return new Given(this.core, [...this.log, ...write(this.core.service, trigger.cause, outputs, this.log.length, now)]);
  }

  get state(): State {
    return fold(this.core, this.log);
  }

  /** The newest own event. */
  get newest(): Written {
    const newest = this.log.at(-1);
    if (!newest) throw new Error('nothing has been written');
    return newest;
  }

  /** What is written when this is decided now. */
  when(decide: (state: State) => readonly Output[]): readonly Output[] {
    return decide(this.state);
  }

  /** Decides on an input and writes what that gives. */
  handle(trigger: Written, decide: (state: State) => readonly Output[], now: Instant = NOW): Given<State> {
    return this.after(trigger, decide(this.state), now);
  }
}

/** A value with something changed: the classes of payloads have no prototype that could be lost. */
export const but = <Value extends object>(value: Value, change: { readonly [Key in keyof Value]?: unknown }): Value => Object.assign({}, value, change);

export const given = <State>(core: Core<State>): Given<State> => new Given(core);
