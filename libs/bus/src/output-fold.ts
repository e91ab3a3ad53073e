import { parseCauses, type Cause, type Event, type Verified } from '@countersign/contracts';
import { CountersignError, sha256 } from '@countersign/kernel';
import type { Admitted, Door } from './admission.js';
import type { LogRecord } from './broker.js';
import { judge, type ReaderState } from './log-reader.js';
import type { BusStats } from './stats.js';
import type { Step } from './step.js';

/** Everything that a fold has come to, apart from the state itself. */
export interface FoldPoint {
  /** Offset of the next record. */
  readonly next: number;
  readonly reader: ReaderState;
  /** The process whose claim is the newest; `undefined` before the first one. */
  readonly claimant: string | undefined;
  /** By input topic: everything before this offset that led to an event has led to it. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** By input topic: the newest redrive (offset in `controls`) that led to an event. */
  readonly redriven: Readonly<Record<string, number>>;
}

/** An own event and its place, just folded in. */
export interface Folded {
  readonly event: Event;
  readonly cause: Cause;
}

/** What the fold needs of a step. */
export type Folder<State> = Pick<Step<State, never>, 'evolve'>;

/** The fold of one own output partition. All outputs of an input are in one batch, so its first causes tell exactly what was done. */
export class OutputFold<State> {
  private readonly watermarks: Map<string, number>;
  private readonly redriven: Map<string, number>;
  private at: number;
  private readerState: ReaderState;
  private claimedBy: string | undefined;

  constructor(
    private readonly step: Folder<State>,
    readonly local: string,
    readonly partition: number,
    private folded: State,
    start: FoldPoint,
  ) {
    this.at = start.next;
    this.readerState = start.reader;
    this.claimedBy = start.claimant;
    this.watermarks = new Map(Object.entries(start.watermarks));
    this.redriven = new Map(Object.entries(start.redriven));
  }

  get state(): State {
    return this.folded;
  }

  get next(): number {
    return this.at;
  }

  get reader(): ReaderState {
    return this.readerState;
  }

  get claimant(): string | undefined {
    return this.claimedBy;
  }

  /** Next offset of an input topic of which nothing is in the log yet. */
  watermark(topic: string): number {
    return this.watermarks.get(topic) ?? 0;
  }

  /** Newest redrive of a topic whose outcome is in the log; -1 for none. */
  lastRedrive(topic: string): number {
    return this.redriven.get(topic) ?? -1;
  }

  get point(): FoldPoint {
    return {
      next: this.at,
      reader: this.readerState,
      claimant: this.claimedBy,
      watermarks: Object.fromEntries(this.watermarks),
      redriven: Object.fromEntries(this.redriven),
    };
  }

  /** Folds a record of the log, and gives its event if it counts. Bad records are passed over: other readers send them to their dead letters. */
  take(record: LogRecord, verified: Verified | CountersignError | undefined, door: Door, stats: BusStats): Folded | undefined {
    const { admitted, state } = door.admit(record, verified, this.readerState);
    const folded = admitted.kind === 'event' ? this.takeEvent(admitted) : undefined;
    if (admitted.kind === 'claim') this.claimedBy = admitted.instance;
    if (admitted.kind === 'rejected') stats.badOwn += 1;
    this.readerState = state;
    this.at = record.offset + 1;
    return folded;
  }

  /** Up to this offset lies nothing more. */
  passTo(offset: number): void {
    this.at = Math.max(this.at, offset);
  }

  /** Folds an own event before it is in the log, at the place where it will be if nobody else writes. */
  speculate(event: Event, value: Buffer): Cause {
    const cause = this.apply(event, this.at, sha256(value), parseCauses(event.causes) ?? []);
    this.readerState = { ...this.readerState, seq: this.readerState.seq + 1 };
    this.at += 1;
    return cause;
  }

  /** Folds the own claim that was acked right behind the last record. */
  claim(after: number, key: ReaderState['key'] & string, instance: string): void {
    this.readerState = judge(this.readerState, { kind: 'claim', offset: this.at, after, key }).state;
    this.claimedBy = instance;
    this.at += 1;
  }

  private takeEvent({ received: { event, offset, sha256: hash }, causes }: Extract<Admitted, { kind: 'event' }>): Folded {
    return { event, cause: this.apply(event, offset, hash, causes) };
  }

  private apply(event: Event, offset: number, hash: string, causes: readonly Cause[]): Cause {
    const cause: Cause = { id: event.id, topic: this.local, offset, sha256: hash };
    this.folded = this.step.evolve(this.folded, event, cause);
    const [first, second] = causes;
    if (first && first.topic !== this.local && (first.partition ?? this.partition) === this.partition) {
      raise(this.watermarks, first.topic, first.offset + 1);
      if (second?.topic === 'controls') raise(this.redriven, first.topic, second.offset);
    }
    return cause;
  }
}

const raise = (map: Map<string, number>, key: string, value: number): void => {
  if (value > (map.get(key) ?? -1)) map.set(key, value);
};
