import type { Cause, Event, EventData, EventType, Owner, Service } from '@countersign/contracts';
import type { ErrorCode, Instant, Millis, Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { PassedOver } from './admission.js';
import type { Committed, LogRecord, TopicPartition } from './broker.js';

/** An event as a handler gets it: checked, upcast to the newest version, with the place it was read from. */
export interface Received<E extends Event = Event> {
  readonly event: E;
  /** Topic without its namespace: `decisions`, `inbox.acme`. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** SHA-256 of the value's bytes. */
  readonly sha256: Sha256;
  /** The ordering key. */
  readonly key: string;
  /** The record itself, for whoever has to look at its bytes or headers. */
  readonly record: LogRecord;
}

/** What a handler wants written. Id, time, source and the first cause are filled in by the bus. */
export type Outgoing = { [Type in EventType]: OutgoingOf<Type> }[EventType];

export interface OutgoingOf<Type extends EventType> {
  readonly type: Type;
  readonly data: EventData<Type>;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run?: RunId;
  readonly step?: StepId;
  /** The service itself unless given. */
  readonly actor?: Principal;
  /** What the event is about, for its deterministic id; `step`, else `run`, unless given. */
  readonly subject?: string;
  /** Causes besides the one that is handled; never on `controls`, for which the bus writes `controlepoch`. */
  readonly causes?: readonly Cause[];
}

/** What a decider may know apart from its state. */
export interface Moment<Controls> {
  readonly now: Instant;
  readonly partition: number;
  /** What people have put in force, as far as this process has read it. */
  readonly controls: Controls;
  /** Offset in `controls` of the newest control in `controls`; -1 where there is none. */
  readonly controlEpoch: number;
}

/** An outgoing event that no input gave rise to: a deadline or finished work. `cause` is the own event that it rests on. */
export interface Late {
  readonly cause: Cause;
  readonly outgoing: readonly Outgoing[];
}

/**
 * Slow work that an own event asks for: a tool call, a model, a post. It starts only after that event was acked without a gap,
 * runs in a bounded pool, and comes back through the partition's own queue; it is dropped if the partition has been lost meanwhile.
 */
export interface WorkItem {
  /** Unique in the partition; the same item is never run twice at a time by one owner. */
  readonly id: string;
  /** The own event that asks for it. */
  readonly cause: Cause;
  /** Work with one name shares one bulkhead: a tool that hangs fills its own, not the others'. */
  readonly bulkhead: string;
  /** Not before this time (restored attempts wait until their deadline has passed). */
  readonly notBefore?: Instant;
}

/** What has to hold immediately before a side effect. */
export interface Guard {
  /** This process owns the partition, and its last heartbeat is younger than half the session timeout: nobody else can own it yet. */
  canAct(): boolean;
  /** Within the last `within` a fetch showed that there are no controls newer than those that this process has read. */
  controlsFresh(within: Millis): boolean;
  /** Resolves once the controls were read up to an end that was asked for after this call. */
  controlsCaughtUp(): Promise<void>;
}

/**
 * The core of a service that owns partitions. `State` is a fold of the partition's own output and of nothing else:
 * an input that writes nothing changes nothing. State may be changed in place by `evolve`, never by `handle`.
 */
export interface Step<State, Controls, Work extends WorkItem = WorkItem, Result = unknown> {
  readonly service: Owner;
  /** Types that `handle` does something about; others are verified and passed over. All unless given. */
  readonly handles?: ReadonlySet<EventType>;
  /** For a step that only people wait for, see `JoinOptions`: it costs less the less often it reads. */
  readonly linger?: Millis;
  initialState(): State;
  /** Decides. May be asynchronous only where a framework or a library in between is; no input or output in it. */
  handle(received: Received, state: State, moment: Moment<Controls>): readonly Outgoing[] | Promise<readonly Outgoing[]>;
  /** Folds one own event in; total and deterministic. `cause` names the event's own place, for later `causes`. */
  evolve(state: State, event: Event, cause: Cause): State;
  /** Earliest time at which `due` has something to say; asked anew whenever controls change. Total, and cheap: it is asked after every turn. */
  nextDue?(state: State, controls: Controls): Instant | undefined;
  /** Everything that is due at `moment.now`; what is returned must make it not due any more once it is folded in. What is left out stays due, and is asked for again. */
  due?(state: State, moment: Moment<Controls>): readonly Late[] | Promise<readonly Late[]>;
  /** Work that this own event, just folded in, asks for. */
  workFor?(state: State, event: Event, cause: Cause): readonly Work[];
  /** How much work of one bulkhead runs at a time in this process; as the pool has it where this says nothing. */
  widthOf?(bulkhead: string, controls: Controls): number | undefined;
  /** All open work of the restored state of a partition. */
  openWork?(state: State, partition: number): readonly Work[];
  /**
   * Does the work. It may throw: the fault is handed to `done` as `{ fault }`. The signal is aborted when the partition is lost
   * or the process stops. Immediately before a side effect ask `guard`: a frozen process wakes up in the middle of this.
   */
  perform?(work: Work, signal: AbortSignal, guard: Guard): Promise<Result>;
  /** Takes a result back into the flow. */
  done?(work: Work, outcome: { readonly result: Result } | { readonly fault: unknown }, state: State, moment: Moment<Controls>): readonly Outgoing[];
  /** Raised whenever the form that `freeze` gives changes: snapshots of another one are passed over. 0 unless given. */
  readonly stateVersion?: number;
  /** JSON form of the state for snapshots, and back. */
  freeze(state: State): unknown;
  thaw(frozen: unknown): State;
}

/**
 * A stateless service: reads at least once, writes events with stable ids, commits after they are acked.
 * `handle` gets records of one topic partition in order and may be slow; the offsets are committed when it resolves.
 */
export interface Relay {
  readonly service: Service;
  /** Types of events that `handle` does something about; others are verified and passed over. All unless given. */
  readonly handles?: ReadonlySet<EventType>;
  /** For a relay that nobody waits for, see `JoinOptions`: it costs less the less often it reads. */
  readonly linger?: Millis;
  handle(batch: RelayBatch): Promise<void>;
  /**
   * Where to go on (topics without their namespace), for a relay that keeps its positions together with what it makes of the
   * events. Asked after each assignment, before anything is read; what it leaves out goes on at its committed offset.
   */
  positions?(targets: readonly TopicPartition[]): Promise<readonly Committed[]>;
}

/** A record that failed a check. It is in the dead-letter topic already. */
export interface Rejected {
  readonly record: LogRecord;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Everything that was read of one topic partition from `from` up to and without `next`; without events where only claims were read, or offsets that hold nothing. */
export interface RelayBatch {
  /** Topic without its namespace. */
  readonly topic: string;
  readonly partition: number;
  /** Where the batch before this one ended. */
  readonly from: number;
  /** Next offset to read. */
  readonly next: number;
  /** What the verifying reader has to know to go on at `next`: the metadata of a commit. */
  readonly reader: string;
  readonly rejected: readonly Rejected[];
  /** Copies, and events and claims of former owners: nobody acts on them, and they are in no dead-letter topic. */
  readonly passedOver: readonly PassedOver[];
  /** Which group reads, where a relay has several. */
  readonly group?: string;
  /** Events that passed every check, and records of doors, which are not ours to check (`event` is absent there). */
  readonly received: readonly (Received | { readonly record: LogRecord; readonly topic: string })[];
}
