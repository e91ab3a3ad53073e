import { freeRunning, MemoryBroker, MemoryCluster, MemoryProcess } from '@countersign/bus';
import type { Instant } from '@countersign/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBacklog } from './backlog.js';
import type { From } from './from.js';

const TARGET = { topic: 'countersign.tasks', partition: 0 };
const SECOND = 1_000;

describe('what tail reads of a partition with a record a second', () => {
  let broker: MemoryBroker;
  /** Where reading began. */
  let began: number[];
  beforeEach(() => {
    const cluster = new MemoryCluster(freeRunning);
    cluster.log.createTopic(TARGET.topic, 1);
    for (let second = 0; second < 1_000; second += 1) cluster.log.append(TARGET, [{ key: null, value: Buffer.from(String(second)), headers: {} }], second * SECOND);
    broker = new MemoryBroker(cluster, new MemoryProcess('tail', freeRunning));
    began = [];
    const read = broker.read.bind(broker);
    broker.read = (target, from, to, onRecords) => {
      began.push(from);
      return read(target, from, to, onRecords);
    };
  });
  afterEach(() => broker.close());

  it.each<[string, From, number, boolean]>([
    ['the last twenty', { back: 20 }, 980, false],
    ['more than there are', { back: 5_000 }, 0, true],
    ['the last minute', { since: (940 * SECOND) as Instant }, 940, false],
    ['what is younger than a moment between two records', { since: (940 * SECOND + 1) as Instant }, 941, false],
    ['what is younger than all', { since: (2_000 * SECOND) as Instant }, 1_000, false],
    ['what is younger than the log', { since: 0 as Instant }, 0, true],
  ])('%s begins there, and not at the start of the log', async (_, from, first, isWhole) => {
    const { records, offset, isWhole: found } = await readBacklog(broker, TARGET, from);
    expect({ began, first: records[0]?.offset ?? offset, found }).toEqual({ began: [first], first, found: isWhole });
    expect(offset).toBe(1_000);
  });
});
