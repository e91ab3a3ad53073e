import type { Cause } from '@countersign/contracts';
import { outputOf, parseCauses } from '@countersign/contracts';
import type { ExecutionWork, LateOutput, Output } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { fold, write, type Core, type Written } from '../given.js';

/** A service of the simulation: its core, what it reads, and what it decides. */
export interface FlowCore<State, Result = never> extends Core<State> {
  readonly inputs: readonly string[];
  handle(received: Written, state: State, now: Instant): readonly Output[];
  nextDue?(state: State): Instant | undefined;
  due?(state: State, now: Instant): readonly LateOutput[];
  workFor?(state: State, written: Written): readonly ExecutionWork[];
  openWork?(state: State): readonly ExecutionWork[];
  perform?(work: ExecutionWork, now: Instant): Result;
  done?(work: ExecutionWork, result: Result, state: State, now: Instant): readonly Output[];
  freeze(state: State): unknown;
  thaw(frozen: unknown): State;
}

/** The log of one partition: own topics and doors, each a list of what stands in it. */
export type FlowLog = Map<string, Written[]>;

/** One owner of the partition: it reads in order, keeps a fold of its own topic and nothing else, and can lose everything but that. */
export class FlowService<State, Result = never> {
  #state: State;
  #positions = new Map<string, number>();
  #work = new Map<string, ExecutionWork>();
  #results: { readonly work: ExecutionWork; readonly result: Result }[] = [];

  constructor(
    readonly core: FlowCore<State, Result>,
    private readonly log: FlowLog,
    /** The newest control that it has read. */
    private readonly controlEpoch: () => number,
  ) {
    this.#state = core.initialState();
  }

  get state(): State {
    return this.#state;
  }

  get own(): readonly Written[] {
    return this.log.get(outputOf(this.core.service)) ?? [];
  }

  /** Everything that could happen now. */
  options(now: Instant): (() => void)[] {
    return [
      ...this.core.inputs.filter((topic) => this.#canRead(topic)).map((topic) => () => this.#read(topic, now)),
      ...((this.core.nextDue?.(this.#state) ?? Infinity) <= now ? [() => this.#due(now)] : []),
      ...[...this.#work.values()].filter((work) => work.notBefore <= now).map((work) => () => this.#perform(work, now)),
      ...this.#results.map((done) => () => this.#done(done, now)),
    ];
  }

  /** When something will happen if nothing else does. */
  next(): number {
    return Math.min(this.core.nextDue?.(this.#state) ?? Infinity, ...[...this.#work.values()].map((work) => work.notBefore));
  }

  /** The process dies. The next one folds the own topic, from a snapshot of its first `taken` events, and is given everything again. */
  crash(taken: number): void {
    const snapshot: unknown = JSON.parse(JSON.stringify(this.core.freeze(fold(this.core, this.own.slice(0, taken)))));
    this.#state = fold(this.core, this.own.slice(taken), this.core.thaw(snapshot));
    this.#positions.clear();
    this.#results = [];
    this.#work = new Map((this.core.openWork?.(this.#state) ?? []).map((work) => [work.id, work]));
  }

  #position(topic: string): number {
    return this.#positions.get(topic) ?? 0;
  }

  /** Causes before effects: what an event rests on has been read. */
  #canRead(topic: string): boolean {
    const next = this.log.get(topic)?.[this.#position(topic)];
    if (!next) return false;
    return (parseCauses(next.event.causes) ?? []).every((cause) => !this.core.inputs.includes(cause.topic) || this.#position(cause.topic) > cause.offset);
  }

  #read(topic: string, now: Instant): void {
    const offset = this.#position(topic);
    this.#positions.set(topic, offset + 1);
    const received = this.log.get(topic)?.[offset];
    if (received && offset > this.#watermark(topic)) this.#write(received.cause, this.core.handle(received, this.#state, now), now);
  }

  /** The truth of what was handled is in the own topic: the highest first cause. */
  #watermark(topic: string): number {
    return Math.max(-1, ...this.own.map(({ event }) => parseCauses(event.causes)?.[0]).flatMap((cause) => (cause?.topic === topic ? [cause.offset] : [])));
  }

  #due(now: Instant): void {
    for (const { cause, outgoing } of this.core.due?.(this.#state, now) ?? []) this.#write(cause, outgoing, now);
  }

  #perform(work: ExecutionWork, now: Instant): void {
    this.#work.delete(work.id);
    if (this.core.perform) this.#results.push({ work, result: this.core.perform(work, now) });
  }

  #done(done: { readonly work: ExecutionWork; readonly result: Result }, now: Instant): void {
    this.#results = this.#results.filter((each) => each !== done);
    this.#write(done.work.cause, this.core.done?.(done.work, done.result, this.#state, now) ?? [], now);
  }

  #write(trigger: Cause, outputs: readonly Output[], now: Instant): void {
    const topic = outputOf(this.core.service);
    const own = this.log.get(topic) ?? [];
    const written = write(this.core.service, trigger, outputs, own.length, now, this.controlEpoch());
    this.log.set(topic, [...own, ...written]);
    this.#state = fold(this.core, written, this.#state);
    for (const each of written) for (const work of this.core.workFor?.(this.#state, each) ?? []) this.#work.set(work.id, work);
  }
}
