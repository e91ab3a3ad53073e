import { CountersignError, millis, seconds } from '@countersign/kernel';
import { accept, isStaleMetadata, KAFKA, persist, refused } from './faults.js';
import { FindCoordinator, Metadata, type Api } from './kafkajs-codec.js';
import { ANY_NODE, type Lane, type Connections } from './connections.js';

/** How long a call goes on trying while Kafka restarts or moves a leader. */
export const PATIENCE = seconds(30);
/** A topic that was made a moment ago may not be known to every broker; one that does not exist is not waited for longer. */
const NEW_TOPIC_PATIENCE = millis(500);
const LANE = 'meta';

/** Who leads which partition, and who coordinates which group. */
export class Cluster {
  readonly #leaders = new Map<string, readonly number[]>();
  readonly #missing = new Set<string>();
  /** Topics that were there: a broker that has just come back may not know them at once. */
  readonly #seen = new Set<string>();
  readonly #coordinators = new Map<string, number>();
  readonly #asking = new Map<string, Promise<void>>();

  constructor(readonly connections: Connections) {}

  /** Partition count of a topic; throws `BROKER_REFUSED` where there is none or it may not be seen. */
  async partitionsOf(topic: string): Promise<number> {
    return (await this.#leadersOf(topic)).length;
  }

  /** Node that leads a partition; throws `BROKER_REFUSED` where there is no such partition. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const known = this.#leaders.get(topic)?.[partition];
    if (known !== undefined) return known;
    const leader = (await this.#leadersOf(topic))[partition];
    if (leader === undefined) throw refused(KAFKA.unknownTopicOrPartition, `\`${topic}/${partition}\``);
    return leader;
  }

  /** The leader as far as it is known without asking. */
  knownLeader(topic: string, partition: number): number | undefined {
    return this.#leaders.get(topic)?.[partition];
  }

  /** The leader has moved: ask again before the next use. */
  forgetLeaders(topic: string): void {
    this.#leaders.delete(topic);
  }

  async coordinatorOf(group: string, lane: Lane): Promise<number> {
    const known = this.#coordinators.get(group);
    if (known !== undefined) return known;
    const { errorCode, coordinator } = await this.connections.call(ANY_NODE, lane, FindCoordinator, { groupId: group });
    accept(errorCode, `the coordinator of \`${group}\``);
    this.connections.learnNode(coordinator.nodeId, coordinator);
    this.#coordinators.set(group, coordinator.nodeId);
    return coordinator.nodeId;
  }

  forgetCoordinator(group: string): void {
    this.#coordinators.delete(group);
  }

  /** A request to the coordinator of a group; where it fails, the coordinator is looked up again next time. */
  async coordinate<Input, Answer>(group: string, lane: Lane, api: Api<Input, Answer>, input: Input, patience = millis(0)): Promise<Answer> {
    const node = await this.coordinatorOf(group, lane);
    try {
      return await this.connections.call(node, lane, api, input, patience);
    } catch (fault) {
      this.forgetCoordinator(group);
      throw fault;
    }
  }

  async #leadersOf(topic: string): Promise<readonly number[]> {
    const known = this.#leaders.get(topic);
    if (known) return known;
    await persist(NEW_TOPIC_PATIENCE, () => this.#ask(topic)).catch((fault: unknown) => {
      throw this.#missing.has(topic) && !this.#seen.has(topic) ? new CountersignError('BROKER_REFUSED', `there is no topic \`${topic}\``, { cause: fault }) : fault;
    });
    return this.#leaders.get(topic) ?? [];
  }

  /** One question at a time for each topic, however many wait for the answer. */
  #ask(topic: string): Promise<void> {
    const asked = this.#asking.get(topic);
    if (asked) return asked;
    const asking = this.#refresh(topic).finally(() => this.#asking.delete(topic));
    this.#asking.set(topic, asking);
    return asking;
  }

  async #refresh(topic: string): Promise<void> {
    const { brokers, topicMetadata } = await this.connections.call(ANY_NODE, LANE, Metadata, { topics: [topic], allowAutoTopicCreation: false });
    for (const { nodeId, host, port } of brokers) this.connections.learnNode(nodeId, { host, port });
    for (const found of topicMetadata) {
      if (found.topicErrorCode === KAFKA.unknownTopicOrPartition) this.#missing.add(found.topic);
      else this.#missing.delete(found.topic);
      accept(found.topicErrorCode, `\`${found.topic}\``);
      const leaders: number[] = [];
      for (const { partitionId, leader } of found.partitionMetadata) leaders[partitionId] = leader;
      // A partition without a leader is in an election.
      if (leaders.some((leader) => leader < 0)) throw refused(KAFKA.leaderNotAvailable, `\`${found.topic}\``);
      this.#seen.add(found.topic);
      this.#leaders.set(found.topic, leaders);
    }
  }
}

/** Throws for a partition's error code, and forgets leaders that are stale. */
export const acceptPartition = (cluster: Cluster, topic: string, partition: number, code: number): void => {
  if (code === KAFKA.none) return;
  if (isStaleMetadata(code)) cluster.forgetLeaders(topic);
  throw refused(code, `\`${topic}/${partition}\``);
};
