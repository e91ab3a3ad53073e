import { localName, type Service } from '@countersign/contracts';
import type { Millis } from '@countersign/kernel';
import { admissionOf } from './admission.js';
import type { Broker, Committed, TopicPartition } from './broker.js';
import { silentLog, type BusLog } from './bus-log.js';
import type { ControlsFollower } from './controls.js';
import { DeadLetters } from './dead-letters.js';
import { DEFAULT_GRACE, DEFAULT_SESSION_TIMEOUT, PartitionGroup, type Phase } from './partition-group.js';
import { Publisher } from './publisher.js';
import { RelayPartition, type RelayContext } from './relay-partition.js';
import { newStats, type BusStats } from './stats.js';
import type { Relay } from './step.js';
import { systemTimers, type Timers } from './timers.js';
import type { Wire } from './wire.js';

export interface RelayRuntimeOptions {
  readonly relay: Relay;
  readonly broker: Broker;
  readonly wire: Wire;
  /** Started before the runtime, and stopped after it. */
  readonly controls: Pick<ControlsFollower<unknown>, 'onChange' | 'onFault' | 'position' | 'epoch' | 'confirmedAt' | 'redrives'>;
  readonly namespace: string;
  /** How many partitions the topics of the namespace have. */
  readonly partitions: number;
  /** Topics without their namespace, those of each tenant among them: `proposals`, `inbox.acme`. */
  readonly inputs: readonly string[];
  /** The runtime cannot go on: the process has to end. */
  readonly onFatal: (fault: unknown) => void;
  /** Name of a group beside others of the same service, each of which reads everything; the service's one group unless given. */
  readonly group?: string;
  readonly sessionTimeout?: Millis;
  readonly timers?: Timers;
  readonly log?: BusLog;
  readonly stats?: BusStats;
}

/** Kafka's name of a relay's group. */
export const relayGroup = (namespace: string, service: Service, name?: string): string => `${namespace}.${service}${name === undefined ? '' : `.${name}`}`;

/** Runs a relay: reads at least once, commits what was handled. */
export class RelayRuntime {
  readonly stats: BusStats;
  readonly publisher: Publisher;
  private readonly group: PartitionGroup<RelayPartition>;

  constructor(options: RelayRuntimeOptions) {
    const { relay, broker, wire, controls, namespace, partitions, inputs, onFatal } = options;
    const { timers = systemTimers, log = silentLog, stats = newStats(), sessionTimeout = DEFAULT_SESSION_TIMEOUT } = options;
    const service: Service = relay.service;
    for (const input of inputs) admissionOf(input);
    const target = (local: string, partition: number): TopicPartition => ({ topic: `${namespace}.${local}`, partition });
    const group = relayGroup(namespace, service, options.group);
    const topics = inputs.map((local) => target(local, 0).topic);
    const begin = (partition: number): RelayPartition => new RelayPartition(context, partition);
    this.stats = stats;
    this.publisher = new Publisher({ broker, wire, namespace, service, partitions, timers, stats, controls });
    this.group = new PartitionGroup({ broker, namespace, group, topics, sessionTimeout, linger: relay.linger, controls, timers, stats, log, onFatal, begin });
    const { membership, committer, signal } = this.group;
    const context: RelayContext = {
      relay, service, broker, wire, controls, timers, stats, log, inputs, membership, target, onFatal,
      deadLetters: new DeadLetters({ broker, namespace, service, timers, stats, log, signal }),
      committed: (targets) => positionsOf(relay, namespace, targets, () => broker.committed(group, targets)),
      onDirty: () => committer.schedule(),
    };
  }

  /** Joins the group; resolves once the first assignment is there. */
  start(): Promise<void> {
    return this.group.start();
  }

  /** Finishes the batches under way (`grace` at most), commits, leaves the group. */
  stop(grace: Millis = DEFAULT_GRACE): Promise<void> {
    return this.group.stop(grace);
  }

  owned(): readonly { readonly partition: number; readonly phase: Phase }[] {
    return this.group.all().map(({ partition, phase }) => ({ partition, phase }));
  }
}

/** A relay that keeps positions with what it makes of the events knows better than the group; what it leaves out, the group knows. */
const positionsOf = async (
  relay: Relay,
  namespace: string,
  targets: readonly TopicPartition[],
  committed: () => Promise<readonly Committed[]>,
): Promise<readonly Committed[]> => {
  const group = await committed();
  if (!relay.positions) return group;
  const own = await relay.positions(targets.map(({ topic, partition }) => ({ topic: localName(namespace, topic), partition })));
  const kept = own.map((position) => ({ ...position, topic: `${namespace}.${position.topic}` }));
  const isKept = ({ topic, partition }: TopicPartition): boolean => kept.some((found) => found.topic === topic && found.partition === partition);
  return [...kept, ...group.filter((found) => !isKept(found))];
};
