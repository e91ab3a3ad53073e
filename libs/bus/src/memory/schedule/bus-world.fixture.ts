import { HEADERS, newEvent, partitionCountOf, partitionOf, TOPICS, type Envelope, type Event, type Owner } from '@countersign/contracts';
import { millis, seconds, type KeyId, type Millis } from '@countersign/kernel';
import type { LogRecord, NewRecord, TopicPartition } from '../../broker.js';
import { silentLog } from '../../bus-log.js';
import { ControlsFollower, type SignedControl } from '../../controls.js';
import { DeadLetters } from '../../dead-letters.js';
import { OwnerRuntime } from '../../owner-runtime.js';
import { newStats, type BusStats } from '../../stats.js';
import type { Step } from '../../step.js';
import { MemoryBroker } from '../memory-broker.js';
import { MemoryCluster, type AppendFault, type RequestKind } from '../memory-cluster.js';
import { MemoryProcess } from '../memory-process.js';
import { VirtualTime } from '../virtual-time.js';
import { ToyWire } from './toy-wire.fixture.js';

export const PARTITIONS = 2;
export const SESSION = seconds(6);
export const NAMESPACE = 'toy';
const OUTPUTS = { planner: 'proposals', policy: 'decisions', executor: 'executions' };
/** Small, so that schedules come by many. */
const SNAPSHOT_EVERY = 25;

/** A step of whatever service. */
export type AnyStep = Step<unknown, null>;

export interface WorldProcess {
  readonly service: Owner;
  readonly process: MemoryProcess;
  readonly runtime: OwnerRuntime<unknown, null>;
}

/** Decides what becomes of an append of a process; `isClaim` for claims. */
export type AppendChaos = (target: TopicPartition, process: string, isClaim: boolean) => AppendFault | undefined;

/** A cluster, and any number of processes of three services; everything by its seed. */
export abstract class BusWorld {
  readonly time: VirtualTime;
  readonly cluster: MemoryCluster;
  readonly processes: WorldProcess[] = [];
  readonly stats: BusStats = newStats();
  readonly tasks: string[] = [];
  /** Told to leave in good order: they may take a while, and nobody comes in their place. */
  private readonly leaving = new Set<string>();
  readonly fatal: unknown[] = [];
  chaos: AppendChaos = () => undefined;
  redeliver: () => number = () => 0;
  onAnswer: (process: string, kind: RequestKind) => void = () => undefined;
  private started = 0;
  /** Offset of the newest control. */
  protected controls = -1;

  protected abstract stepOf(service: Owner, process: MemoryProcess): AnyStep;

  constructor(seed: number) {
    this.time = new VirtualTime(seed);
    const append = (target: TopicPartition, process: string, records: readonly NewRecord[]): AppendFault | undefined =>
      this.chaos(target, process, String(records[0]?.headers[HEADERS.signature]).includes(' claim '));
    this.cluster = new MemoryCluster(this.time, { faults: { append, redeliver: () => this.redeliver(), answer: (process, kind) => this.onAnswer(process, kind) }, longestBeat: seconds(2) });
    for (const topic of TOPICS) this.cluster.log.createTopic(`${NAMESPACE}.${topic}`, partitionCountOf(topic, PARTITIONS));
    for (const service of ['planner', 'policy', 'executor']) {
      this.cluster.log.createTopic(`${NAMESPACE}.dlq.${service}`, 1);
      this.cluster.log.createTopic(`${NAMESPACE}.snapshots.${service}`, PARTITIONS);
    }
  }

  random(below: number): number {
    return Math.floor(this.time.random() * below);
  }

  pick<Choice>(choices: readonly Choice[]): Choice | undefined {
    return choices[this.random(choices.length)];
  }

  freeze(name: string, span: Millis): void {
    const found = this.processes.find(({ process }) => process.name === name);
    found?.process.freeze();
    this.time.after(span, () => found?.process.thaw());
  }

  /** Starts a further process of a service. */
  start(service: Owner): WorldProcess {
    const name = `${service}-${(this.started += 1)}`;
    const process = new MemoryProcess(name, this.time);
    const broker = new MemoryBroker(this.cluster, process);
    const { timers } = process;
    const { stats } = this;
    const deadLetters = new DeadLetters({ broker, namespace: NAMESPACE, service, timers, stats, log: silentLog, signal: new AbortController().signal });
    const fold = { initial: () => null, evolve: () => null };
    const verify = ({ value }: LogRecord): SignedControl => ({ event: JSON.parse(String(value)) as Event, quorate: true });
    const controls = new ControlsFollower<null>({ broker, topic: `${NAMESPACE}.controls`, fold, verify, deadLetters, timers, stats, log: silentLog });
    const runtime = new OwnerRuntime({
      step: this.stepOf(service, process),
      broker,
      controls,
      wire: new ToyWire(this.started.toString(16).padStart(16, '0') as KeyId),
      namespace: NAMESPACE,
      partitions: PARTITIONS,
      instance: name,
      sessionTimeout: SESSION,
      snapshotEvery: SNAPSHOT_EVERY,
      timers,
      stats,
      onFatal: (fault) => this.fatal.push(fault),
    });
    const started = { service, process, runtime };
    this.processes.push(started);
    // As whoever supervises processes does.
    const startAgain = (): void => {
      process.kill();
      this.time.after(seconds(1), () => void this.start(service));
    };
    void controls.start().then(() => runtime.start()).catch(startAgain);
    return started;
  }

  /** People put something in force. */
  control(): void {
    const data = { version: this.controls + 1 } as never;
    const event = newEvent({ service: 'operator', type: 'countersign.config.activated', subject: String(this.controls), data, now: this.time.now() });
    this.controls = this.cluster.log.append({ topic: `${NAMESPACE}.controls`, partition: 0 }, [{ key: null, value: Buffer.from(JSON.stringify(event)), headers: {} }], this.time.now());
  }

  /** Writes a task as the gateway does, once or, as upstreams do, twice. */
  protected hand(event: Envelope, orderedBy: string, twice: boolean): void {
    const wire = new ToyWire('gateway' as KeyId);
    const key = Buffer.from(orderedBy);
    const target = { topic: `${NAMESPACE}.tasks`, partition: partitionOf(key, PARTITIONS) };
    for (let copies = twice ? 2 : 1; copies > 0; copies -= 1) {
      this.cluster.log.append(target, wire.seal({ ...target, epoch: '-', firstSeq: 0 }, [{ key, value: wire.encode(event).value }]), this.time.now());
    }
  }

  /** Somebody's transactions leave offsets without a record in all topics, each `pause` somewhere else, for a time. */
  haunt(pause: Millis, span: Millis): void {
    if (span < 0) return;
    const topics = [...new Set(['tasks', 'controls', ...Object.values(OUTPUTS)])];
    const topic = `${NAMESPACE}.${this.pick(topics)}`;
    this.cluster.log.skip({ topic, partition: this.random(this.cluster.log.partitions(topic)) }, 1 + this.random(3));
    this.time.after(pause, () => this.haunt(pause, millis(span - pause)));
  }

  living(service?: Owner): readonly WorldProcess[] {
    return this.processes.filter((found) => !found.process.isDead && (service === undefined || found.service === service));
  }

  /** Those of a service that are not about to leave. */
  staying(service: Owner): readonly WorldProcess[] {
    return this.living(service).filter(({ process }) => !this.leaving.has(process.name));
  }

  /** Leaves in good order, and is dead then. */
  leave({ process, runtime }: WorldProcess): void {
    this.leaving.add(process.name);
    void runtime.stop(seconds(2)).then(() => process.kill());
  }

  /** Partitions that are not owned, or by somebody else than the newest claim says. */
  unsettled(claimants: ReadonlyMap<string, string>): readonly string[] {
    return Object.entries(OUTPUTS).flatMap(([service, topic]) =>
      Array.from({ length: PARTITIONS }, (_, partition) => partition).flatMap((partition) => {
        const owners = this.living(service as Owner).filter(({ runtime }) => runtime.owned().some((owned) => owned.partition === partition && owned.phase === 'ready'));
        const names = owners.map(({ process }) => process.name).join(', ');
        const claimant = claimants.get(`${topic}/${partition}`);
        return names === claimant ? [] : [`${topic}/${partition} is claimed by ${claimant} and owned by ${names}`];
      }),
    );
  }

  /** Input partitions of which a service has not committed everything. */
  uncommitted(): readonly string[] {
    const inputs: Readonly<Record<string, readonly string[]>> = { planner: ['tasks', 'decisions', 'executions'], policy: ['proposals', 'executions'], executor: ['decisions'] };
    return Object.entries(inputs).flatMap(([service, topics]) =>
      topics.flatMap((topic) =>
        Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: `${NAMESPACE}.${topic}`, partition })).flatMap((target) => {
          const [committed] = this.cluster.groups.committed(`${NAMESPACE}.${service}`, [target]);
          const { end } = this.cluster.log.offsets(target);
          return (committed?.offset ?? 0) === end ? [] : [`${service} has committed ${committed?.offset ?? 0} of ${end} of ${target.topic}/${target.partition}`];
        }),
      ),
    );
  }

  /** Records in dead-letter topics: in a toy world nothing is bad. */
  deadLetters(): readonly string[] {
    return ['planner', 'policy', 'executor'].flatMap((service) =>
      this.cluster.log.slice({ topic: `${NAMESPACE}.dlq.${service}`, partition: 0 }, 0, Infinity).map(({ headers }) => `${service} has a dead letter: ${String(headers['cs-code'])} ${String(headers['cs-message'])}`),
    );
  }

  run(span: Millis): Promise<void> {
    return this.time.run(span);
  }
}
