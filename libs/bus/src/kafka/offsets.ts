import type { Committed, TopicPartition } from '../broker.js';
import { acceptPartition, type Cluster } from './cluster.js';
import { accept, isCoordinatorMoved, KAFKA } from './faults.js';
import { ListOffsets, OffsetFetch } from './kafkajs-codec.js';

/** Kafka's special times. */
const TIMES = { start: -2, end: -1 } as const;
const NOT_COMMITTED = '-1';
const LANE = 'offsets';

/** What Kafka says where nothing is as young as was asked for. */
const NO_OFFSET = -1;

const listOffsetAt = async (cluster: Cluster, { topic, partition }: TopicPartition, timestamp: number): Promise<number> => {
  const node = await cluster.leaderOf(topic, partition);
  const answer = await cluster.connections.call(node, LANE, ListOffsets, { topics: [{ topic, partitions: [{ partition, timestamp }] }] });
  const found = answer.responses[0]?.partitions[0];
  acceptPartition(cluster, topic, partition, found ? found.errorCode : KAFKA.unknownTopicOrPartition);
  return Number(found?.offset);
};

/** First or next offset of a partition. */
export const listOffset = (cluster: Cluster, target: TopicPartition, which: keyof typeof TIMES): Promise<number> => listOffsetAt(cluster, target, TIMES[which]);

/** Offset of the first record at or after a time, or the next one of the partition. */
export const timeOffset = async (cluster: Cluster, target: TopicPartition, time: number): Promise<number> => {
  // The end first: what comes in between would otherwise lie before it and after the time.
  const end = await listOffset(cluster, target, 'end');
  const found = await listOffsetAt(cluster, target, time);
  return found === NO_OFFSET ? end : found;
};

/** What a group has committed; partitions of which it has not are left out. */
export const committedOffsets = async (cluster: Cluster, group: string, targets: readonly TopicPartition[]): Promise<readonly Committed[]> => {
  if (targets.length === 0) return [];
  const topics = [...Map.groupBy(targets, ({ topic }) => topic)].map(([topic, partitions]) => ({ topic, partitions: partitions.map(({ partition }) => ({ partition })) }));
  const { errorCode = 0, responses } = await cluster.coordinate(group, LANE, OffsetFetch, { groupId: group, topics });
  const check = (code: number): void => {
    if (isCoordinatorMoved(code)) cluster.forgetCoordinator(group);
    accept(code, `the committed offsets of \`${group}\``);
  };
  check(errorCode);
  return responses.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, errorCode: code, offset, metadata }) => {
      check(code);
      return offset === NOT_COMMITTED ? [] : [{ topic, partition, offset: Number(offset), metadata: metadata ?? '' }];
    }),
  );
};
