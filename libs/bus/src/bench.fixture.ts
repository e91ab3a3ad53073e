import { CLAIM_TYPE, FLOW, inputsOf, newClaim, newEvent, orderingKey, type Cause, type Event, type Owner } from '@countersign/contracts';
import { millis, seconds, sha256, type Instant, type KeyId, type Millis, type Tenant, type Workflow } from '@countersign/kernel';
import type { LogRecord, NewRecord, TopicPartition } from './broker.js';
import { silentLog } from './bus-log.js';
import { ControlsFollower, type SignedControl } from './controls.js';
import { DeadLetters, readDeadLetter, type DeadLetter } from './dead-letters.js';
import { MemoryBroker } from './memory/memory-broker.js';
import { MemoryCluster, type Faults } from './memory/memory-cluster.js';
import { MemoryProcess } from './memory/memory-process.js';
import { VirtualTime } from './memory/virtual-time.js';
import { ToyWire } from './memory/schedule/toy-wire.fixture.js';
import { OwnerRuntime, type OwnerRuntimeOptions } from './owner-runtime.js';
import { newStats, type BusStats } from './stats.js';
import type { Outgoing, Step, WorkItem } from './step.js';
import type { Unsigned } from './wire.js';

export const NAMESPACE = 'bench';
export const TENANT = 'acme' as Tenant;
export const WORKFLOW = 'refunds' as Workflow;
const PARTITIONS = 1;
const AT_ONCE: readonly [Millis, Millis] = [millis(1), millis(1)];

/** What the controls of a bench come to: the types of all of them. */
export type BenchControls = readonly string[];

export interface BenchProcess<State, Work extends WorkItem, Result> {
  readonly process: MemoryProcess;
  readonly broker: MemoryBroker;
  readonly controls: ControlsFollower<BenchControls>;
  readonly runtime: OwnerRuntime<State, BenchControls, Work, Result>;
  readonly stats: BusStats;
  readonly fatal: unknown[];
}

export interface Written {
  readonly offset: number;
  readonly event: Event;
  readonly epoch: string;
}

/** Writes the input topics of a service as their owners would. */
export class BenchWriter {
  private epoch = -1;
  private seq = 0;

  constructor(
    private readonly bench: Bench,
    private readonly topic: string,
    readonly wire = new ToyWire('00000000000000aa' as KeyId),
  ) {}

  get target(): TopicPartition {
    return this.bench.target(this.topic);
  }

  claim(): number {
    const claim = newClaim({ service: 'planner', claim: { member: 'm', instance: 'writer', nonce: String(this.bench.time.now()), key: this.wire.key, after: this.epoch }, now: this.bench.time.now() });
    this.epoch = this.append([{ key: null, value: this.wire.encodeClaim(claim) }], 'claim', 0);
    this.seq = 0;
    return this.epoch;
  }

  /** Gives the causes that the events can be named as. */
  write(...data: readonly (readonly [type: string, data: object, causes?: readonly Cause[], controlEpoch?: number])[]): readonly Cause[] {
    if (this.epoch < 0 && this.topic !== 'tasks' && this.topic !== 'ballots') this.claim();
    const records = data.map(([type, fields, causes, controlEpoch], at) => {
      const event = newEvent({ service: 'planner', type: type as never, data: fields as never, tenant: TENANT, workflow: WORKFLOW, subject: `${this.topic}/${this.seq + at}/${this.epoch}`, causes, controlEpoch, now: this.bench.time.now() });
      return { key: Buffer.from(orderingKey(TENANT, WORKFLOW)), value: this.wire.encode(event).value, id: (event as Event).id };
    });
    const base = this.append(records, this.epoch < 0 ? '-' : this.epoch, this.seq);
    this.seq += records.length;
    return records.map(({ id, value }, at) => ({ id, topic: this.topic, offset: base + at, sha256: sha256(value) }));
  }

  /** Leaves out some numbers, as a log does that lost events. */
  skip(count: number): void {
    this.seq += count;
  }

  append(records: readonly Unsigned[], epoch: number | 'claim' | '-', firstSeq: number): number {
    return this.bench.cluster.log.append(this.target, this.wire.seal({ ...this.target, epoch, firstSeq }, records), this.bench.time.now());
  }
}

/** A world of one partition in which one step can be looked at from all sides. */
export class Bench {
  readonly time: VirtualTime;
  readonly cluster: MemoryCluster;
  private started = 0;

  constructor(faults: Faults = {}) {
    this.time = new VirtualTime(1, AT_ONCE);
    this.cluster = new MemoryCluster(this.time, { faults, longestBeat: seconds(2) });
    for (const topic of Object.keys(FLOW)) this.cluster.log.createTopic(this.target(topic).topic, PARTITIONS);
    for (const service of ['planner', 'policy', 'approvals', 'executor', 'gateway', 'ledger']) {
      this.cluster.log.createTopic(`${NAMESPACE}.dlq.${service}`, 1);
      this.cluster.log.createTopic(`${NAMESPACE}.snapshots.${service}`, PARTITIONS);
    }
  }

  target(local: string): TopicPartition {
    return { topic: `${NAMESPACE}.${local}`, partition: 0 };
  }

  writer(topic: string): BenchWriter {
    return new BenchWriter(this, topic);
  }

  /** A control of a type; `refused` in the data makes its signature a bad one. */
  control(type: string, data: object): number {
    const event = newEvent({ service: 'operator', type: type as never, data: data as never, subject: `${this.cluster.log.offsets(this.target('controls')).end}`, now: this.time.now() });
    return this.cluster.log.append(this.target('controls'), [{ key: null, value: Buffer.from(JSON.stringify(event)), headers: {} }], this.time.now());
  }

  async start<State, Work extends WorkItem, Result>(
    step: Step<State, BenchControls, Work, Result>,
    given: Partial<OwnerRuntimeOptions<State, BenchControls, Work, Result>> = {},
  ): Promise<BenchProcess<State, Work, Result>> {
    const name = `${step.service}-${(this.started += 1)}`;
    const process = new MemoryProcess(name, this.time);
    const broker = new MemoryBroker(this.cluster, process);
    const { timers } = process;
    const stats = newStats();
    const fatal: unknown[] = [];
    const controls = this.follower(broker, process, step.service, stats);
    const runtime = new OwnerRuntime({
      step,
      broker,
      controls,
      wire: new ToyWire(this.started.toString(16).padStart(16, '0') as KeyId),
      namespace: NAMESPACE,
      partitions: PARTITIONS,
      instance: name,
      timers,
      stats,
      onFatal: (fault) => fatal.push(fault),
      ...given,
    });
    const progress = { begun: false };
    void controls.start().then(() => runtime.start()).then(() => (progress.begun = true));
    // Whoever was killed or frozen is missed only when its session is over.
    do await this.run(seconds(1));
    while (!progress.begun);
    return { process, broker, controls, runtime, stats, fatal };
  }

  follower(broker: MemoryBroker, process: MemoryProcess, service: Owner | 'gateway', stats: BusStats): ControlsFollower<BenchControls> {
    const { timers } = process;
    const deadLetters = new DeadLetters({ broker, namespace: NAMESPACE, service, timers, stats, log: silentLog, signal: new AbortController().signal });
    const fold = { initial: (): BenchControls => [], evolve: (all: BenchControls, { event }: SignedControl) => [...all, event.type] };
    const verify = ({ value }: LogRecord): SignedControl => {
      const event = JSON.parse(String(value)) as Event;
      if ('refused' in event.data) throw new TypeError('not signed by anybody');
      return { event, quorate: true };
    };
    return new ControlsFollower({ broker, topic: this.target('controls').topic, fold, verify, deadLetters, timers, stats, log: silentLog });
  }

  run(span: Millis): Promise<void> {
    return this.time.run(span);
  }

  records(local: string): readonly LogRecord[] {
    return this.cluster.log.slice(this.target(local), this.cluster.log.offsets(this.target(local)).start, Infinity);
  }

  /** Events of a topic, claims left out, whether they count or not. */
  written(local: string): readonly Written[] {
    return this.records(local).flatMap(({ offset, value, headers }) => {
      const event = JSON.parse(String(value)) as Event;
      const [, epoch = ''] = String(headers['cs-sig']).split(' ');
      return (event.type as string) === CLAIM_TYPE ? [] : [{ offset, event, epoch }];
    });
  }

  claims(local: string): readonly number[] {
    return this.records(local).flatMap(({ offset, value }) => ((JSON.parse(String(value)) as Event).type === (CLAIM_TYPE as string) ? [offset] : []));
  }

  deadLetters(service: Owner | 'gateway'): readonly DeadLetter[] {
    return this.records(`dlq.${service}`).map(readDeadLetter);
  }

  committed(service: Owner | 'gateway', topic: string): { readonly offset: number; readonly metadata: string } | undefined {
    return this.cluster.groups.committed(`${NAMESPACE}.${service}`, [this.target(topic)])[0];
  }

  /** What a stranger's transaction leaves behind: the record where it was committed, and offsets that hold nothing. */
  transact(local: string, record: NewRecord, end: 'commit' | 'abort'): void {
    if (end === 'commit') this.append(local, record);
    this.cluster.log.skip(this.target(local), end === 'commit' ? 1 : 2);
  }

  append(local: string, record: NewRecord): number {
    return this.cluster.log.append(this.target(local), [record], this.time.now());
  }
}

/** Input topics that a step's service has. */
export const INPUTS = inputsOf('policy');

/** State of the echo: how many events there are, and what was said. */
export interface Echo {
  readonly said: string[];
}

/** An own event that says something. `type` is of no interest to the bus. */
export const say = (text: string, more: Partial<Outgoing> = {}): Outgoing =>
  ({ type: 'countersign.action.allowed', data: { text }, tenant: TENANT, workflow: WORKFLOW, subject: text, ...more }) as unknown as Outgoing;

export const textOf = (event: Event): string => (event.data as unknown as { readonly text: string }).text;

/** Says again what it hears; other behaviour is put in its place test by test. */
export const echo = (change: Partial<Step<Echo, BenchControls, WorkItem, string>> = {}): Step<Echo, BenchControls, WorkItem, string> => ({
  service: 'policy',
  initialState: () => ({ said: [] }),
  handle: ({ event }) => [say(textOf(event))],
  evolve: (state, event) => {
    state.said.push(textOf(event));
    return state;
  },
  freeze: (state) => state,
  thaw: (frozen) => frozen as Echo,
  ...change,
});

export const after = (now: Instant, span: Millis): Instant => (now + span) as Instant;
