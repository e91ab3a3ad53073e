import { CountersignError } from '@countersign/kernel';
import type { Event } from './catalogue.js';
import { FLOW, orderingKey, topicOf } from './flow.js';
import { partitionOf } from './partition.js';
import { topicOfType } from './published.js';

export interface Place {
  /** Topic without its namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  /** How many partitions the topic has. */
  readonly partitions: number;
}

/**
 * Whether a decoded event may lie where it was read: its type belongs to this topic, and on the log its key is the
 * ordering key of its tenant and workflow, and this the partition of that key. Throws `EVENT_MISPLACED`.
 */
export const checkPlace = (event: Event, { topic, partition, key, partitions }: Place): void => {
  const home = topicOf(topic);
  if (home === undefined || topicOfType(event.type) !== home) throw new CountersignError('EVENT_MISPLACED', `\`${event.type}\` does not belong on \`${topic}\``);
  if (FLOW[home].perTenant && topic !== `${home}.${event.tenant ?? ''}`) throw new CountersignError('EVENT_MISPLACED', `\`${topic}\` is not the topic of the event's tenant`);
  if (event.tenant === undefined || event.workflow === undefined || home === 'outcomes') return;
  const expected = orderingKey(event.tenant, event.workflow);
  if (key === null || !Buffer.from(expected).equals(key)) throw new CountersignError('EVENT_MISPLACED', 'the key is not the ordering key of the event');
  if (partitionOf(expected, partitions) !== partition) throw new CountersignError('EVENT_MISPLACED', `partition ${partition} is not the one of the event's key`);
};
