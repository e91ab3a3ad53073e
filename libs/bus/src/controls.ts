import type { Event, Service } from '@countersign/contracts';
import { codeOf, sha256, type Millis } from '@countersign/kernel';
import type { Broker, LogRecord, TopicPartition } from './broker.js';
import type { BusLog } from './bus-log.js';
import type { DeadLetters } from './dead-letters.js';
import type { ControlsView } from './inputs.js';
import { RedriveList, type Redrive } from './redrive-list.js';
import type { BusStats } from './stats.js';
import { later, NEVER, type Elapsed } from './steady-clock.js';
import type { Timers } from './timers.js';

/** A control that counts. */
export interface SignedControl {
  readonly event: Event;
  /** Whether a quorum has signed it. */
  readonly quorate: boolean;
}

/** How controls become what is in force. */
export interface ControlsFold<Controls> {
  initial(): Controls;
  /** `timestamp` is Kafka's: the clock of who signed the control decides nothing. */
  evolve(controls: Controls, control: SignedControl, record: Pick<LogRecord, 'offset' | 'timestamp'>): Controls;
}

export interface ControlsOptions<Controls> {
  readonly broker: Broker;
  readonly topic: string;
  readonly fold: ControlsFold<Controls>;
  /** Checks signatures, role and quorum against what is in force so far; throws. */
  readonly verify: (record: LogRecord, controls: Controls) => SignedControl;
  readonly deadLetters: DeadLetters;
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
}

/** New controls were read, or only that there are none. */
export type ControlsChange = 'controls' | 'confirmation';
type Listener = (change: ControlsChange) => void;
type FaultListener = (fault: unknown) => void;

/** What people have put in force: read to the end before a service starts, and followed for as long as it runs. */
export class ControlsFollower<Controls> implements ControlsView {
  state: Controls;
  /** Up to here everything was read; -1 for nothing. */
  position = -1;
  /** Offset of the newest control that is in force; -1 for none. */
  epoch = -1;
  confirmedAt = NEVER;
  private readonly found = new RedriveList();
  /** Offsets of refused controls that are in the dead letters; not known before the first one is refused. */
  private told: Set<number> | undefined;
  /** One letter after the other, behind the controls. */
  private letters: Promise<void> = Promise.resolve();
  private readonly listeners = new Set<Listener>();
  private readonly faultListeners = new Set<FaultListener>();
  /** Why nothing comes any more. */
  private ended: { readonly fault: unknown } | undefined;
  private followed: { close(): Promise<void> } | undefined;

  constructor(private readonly options: ControlsOptions<Controls>) {
    this.state = options.fold.initial();
  }

  /**
   * Resolves once everything that was there when it was called is in force. Throws `LOG_TRUNCATED` (controls are kept for ever) and
   * whatever else the broker refuses them with for good.
   */
  async start(): Promise<void> {
    const { broker, topic, timers } = this.options;
    const target: TopicPartition = { topic, partition: 0 };
    const asked = timers.elapsed();
    const { promise: atEnd, resolve, reject } = Promise.withResolvers<void>();
    const off = this.onChange(() => void (this.confirmedAt >= asked && resolve()));
    const offFault = this.onFault(reject);
    this.followed = await broker.follow(target, 0, {
      onRecords: (records) => this.take(records),
      onEnd: (end, askedAt) => this.confirm(end, askedAt),
      onFault: (fault) => this.fail(fault),
    });
    if (this.confirmedAt < asked) await atEnd;
    off();
    offFault();
  }

  async stop(): Promise<void> {
    await this.followed?.close();
  }

  /** Whether nothing newer lay in the log at some time in the last `within`. */
  isFresh(within: Millis): boolean {
    return this.options.timers.elapsed() - this.confirmedAt <= within;
  }

  /** Resolves once the controls were read up to an end that was asked for after this call. */
  caughtUp(): Promise<void> {
    const since = this.options.timers.elapsed();
    return new Promise((resolve) => {
      const off = this.onChange(() => {
        if (this.confirmedAt <= since) return;
        off();
        resolve();
      });
    });
  }

  /** The first offset at which nothing lies yet: once `position` is right before it, everything is in force that was there at this call. */
  async end(): Promise<number> {
    const { broker, topic } = this.options;
    return (await broker.offsets({ topic, partition: 0 })).end;
  }

  /** Called after each batch of controls and each confirmation of the end; gives what takes the listener off again. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Called once when the controls can be followed no further, at once where that is so already; gives what takes the listener off
   * again. A process that goes on would stand by old keys and rules for ever: it has to end.
   */
  onFault(listener: FaultListener): () => void {
    if (this.ended) listener(this.ended.fault);
    else this.faultListeners.add(listener);
    return () => void this.faultListeners.delete(listener);
  }

  /** What a service was asked to handle once more in a partition by controls after the one at `after`, oldest first. */
  redrives(service: Service, topic: string, partition: number, after = -1): readonly Redrive[] {
    return this.found.of({ service, topic, partition }, after);
  }

  private take(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.offset <= this.position) continue;
      this.takeOne(record);
      this.position = record.offset;
    }
    this.notify('controls');
  }

  private takeOne(record: LogRecord): void {
    const { fold, verify, stats, log } = this.options;
    try {
      const control = verify(record, this.state);
      this.state = fold.evolve(this.state, control, record);
      const { event } = control;
      this.epoch = record.offset;
      if (event.type === 'countersign.dlq.redriven') this.noteRedrive(record, event);
    } catch (fault) {
      stats.badControls += 1;
      log.warn('a control was refused', { offset: record.offset, code: codeOf(fault) });
      this.letters = this.letters.then(() => this.tell(record, fault));
    }
  }

  /**
   * Nothing waits for this: what nobody signed must not keep a service from what was signed. Controls are read from their start
   * each time, and one letter is enough; those of earlier starts are looked up once. What fails here is told again at the next start.
   */
  private async tell(record: LogRecord, fault: unknown): Promise<void> {
    const { deadLetters, log } = this.options;
    try {
      this.told ??= await deadLetters.offsetsOf({ topic: 'controls', partition: record.partition });
      if (this.told.has(record.offset)) return;
      await deadLetters.append(record, fault);
      this.told.add(record.offset);
    } catch (reason) {
      log.error('a refused control is not in the dead letters', { offset: record.offset, code: codeOf(reason) });
    }
  }

  private noteRedrive(record: LogRecord, { id, data }: Event<'countersign.dlq.redriven'>): void {
    const { service, topic, partition, offset } = data;
    const control = { id, topic: 'controls', partition: 0, offset: record.offset, sha256: sha256(record.value ?? '') };
    this.found.add({ service, topic, partition, offset, at: record.timestamp, control });
  }

  private confirm(end: number, askedAt: Elapsed): void {
    // All before the end was taken; what is left of it holds nothing.
    this.position = Math.max(this.position, end - 1);
    this.confirmedAt = later(this.confirmedAt, askedAt);
    this.notify('confirmation');
  }

  private fail(fault: unknown): void {
    this.ended = { fault };
    for (const listener of this.faultListeners) listener(fault);
  }

  private notify(change: ControlsChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
