import { FLOW, inputsOf, outputOf } from '@countersign/contracts';
import { millis, type Millis } from '@countersign/kernel';
import { admissionOf } from './admission.js';
import type { Broker } from './broker.js';
import { silentLog, type BusLog } from './bus-log.js';
import type { ControlsFollower } from './controls.js';
import { DeadLetters } from './dead-letters.js';
import { SNAPSHOT_EVERY, type OwnerContext } from './owner-context.js';
import { DEFAULT_GRACE, DEFAULT_SESSION_TIMEOUT, PartitionGroup, type Phase } from './partition-group.js';
import { PartitionOwner } from './partition-owner.js';
import { Snapshots } from './snapshots.js';
import { newStats, type BusStats } from './stats.js';
import type { Received, Step, WorkItem } from './step.js';
import { systemTimers, type Timers } from './timers.js';
import { traceparentFor } from './tracing.js';
import type { Wire } from './wire.js';
import { DEFAULT_BULKHEAD, WorkPool, type PoolLimits } from './work-pool.js';

/** A claim is in the log wherever retention cuts it off. */
const CLAIMS_PER_RETENTION = 4;

export interface OwnerRuntimeOptions<State, Controls, Work extends WorkItem, Result> {
  readonly step: Step<State, Controls, Work, Result>;
  readonly broker: Broker;
  readonly wire: Wire;
  /** Started before the runtime, and stopped after it. */
  readonly controls: ControlsFollower<Controls>;
  readonly namespace: string;
  /** How many partitions the topics of the namespace have. */
  readonly partitions: number;
  /** Unique for each start of a process; in claims. */
  readonly instance: string;
  /** The runtime cannot go on: the process has to end. */
  readonly onFatal: (fault: unknown) => void;
  readonly sessionTimeout?: Millis;
  readonly pool?: PoolLimits;
  readonly snapshotEvery?: number;
  /** A quarter of the retention of the output topic unless given. */
  readonly claimEvery?: Millis;
  readonly timers?: Timers;
  readonly log?: BusLog;
  readonly stats?: BusStats;
  /** Trace context for what is written because of an input; the input's own unless given. */
  readonly traceparent?: (received: Received) => string | undefined;
}

/** Runs a step: joins the group, owns what is assigned, hands over when it stops. */
export class OwnerRuntime<State, Controls, Work extends WorkItem = WorkItem, Result = unknown> {
  readonly stats: BusStats;
  private readonly group: PartitionGroup<PartitionOwner<State, Controls, Work, Result>>;

  constructor(private readonly options: OwnerRuntimeOptions<State, Controls, Work, Result>) {
    const { step, broker, wire, namespace, controls, instance, partitions, onFatal, traceparent = traceparentFor } = options;
    const { service } = step;
    const { timers = systemTimers, log = silentLog, stats = newStats(), sessionTimeout = DEFAULT_SESSION_TIMEOUT, snapshotEvery = SNAPSHOT_EVERY } = options;
    const inputs = inputsOf(service);
    for (const input of inputs) admissionOf(input);
    const output = outputOf(service);
    const { retention } = FLOW[output];
    const group = `${namespace}.${service}`;
    const target = (local: string, partition: number) => ({ topic: `${namespace}.${local}`, partition });
    this.stats = stats;
    const topics = inputs.map((local) => target(local, 0).topic);
    const begin = (partition: number) => new PartitionOwner(context, partition);
    this.group = new PartitionGroup({ broker, namespace, group, topics, sessionTimeout, linger: step.linger, controls, timers, stats, log, onFatal, begin });
    const { membership, committer, signal } = this.group;
    const context: OwnerContext<State, Controls, Work, Result> = {
      step, service, broker, wire, controls, instance, partitions, timers, stats, log, group, inputs, output, sessionTimeout, snapshotEvery, membership, target, traceparent, onFatal,
      deadLetters: new DeadLetters({ broker, namespace, service, timers, stats, log, signal }),
      snapshots: new Snapshots({ broker, wire, namespace, service, stateVersion: step.stateVersion ?? 0, stats, log }),
      pool: new WorkPool(timers, { perBulkhead: (name) => step.widthOf?.(name, controls.state) ?? DEFAULT_BULKHEAD, ...options.pool }),
      claimEvery: options.claimEvery ?? (retention === undefined ? undefined : millis(retention / CLAIMS_PER_RETENTION)),
      onDirty: () => committer.schedule(),
    };
  }

  /** Joins the group; resolves once the first assignment is there. Partitions are handled as soon as they are restored and claimed. */
  start(): Promise<void> {
    return this.group.start();
  }

  /** Hands over: finishes what runs (`grace` at most), commits, leaves snapshots, leaves the group. */
  stop(grace: Millis = DEFAULT_GRACE): Promise<void> {
    return this.group.stop(grace);
  }

  /** Whether nobody else can own the partition now, as far as this process can know. */
  canAct(partition: number): boolean {
    return this.group.get(partition)?.canAct() ?? false;
  }

  controlsFresh(within: Millis): boolean {
    return this.options.controls.isFresh(within);
  }

  /** What this process has, and how far it is with it. */
  owned(): readonly { readonly partition: number; readonly phase: Phase }[] {
    return this.group.all().map(({ partition, phase }) => ({ partition, phase }));
  }
}
