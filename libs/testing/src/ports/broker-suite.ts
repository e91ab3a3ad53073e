import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { Broker } from '@countersign/bus';
import { followSuite } from './broker-follow-suite.js';
import { groupSuite } from './broker-group-suite.js';
import { logSuite } from './broker-log-suite.js';
import { rebalanceSuite } from './broker-rebalance-suite.js';
import { transactionsSuite } from './broker-transactions-suite.js';
import { PATIENCE, type BrokerWorld } from './broker-world.js';

/** What each part of the suite works with: the clients of one test, closed after it, and names that no other test uses. */
export interface Stage {
  readonly world: BrokerWorld;
  connect(): Promise<Broker>;
  /** A topic of its own with that many partitions, 1 unless given. */
  topic(partitions?: number): Promise<string>;
  group(): string;
}

/** The behaviour of the `Broker` port, the same for each adapter. `makeWorld` is called once; `missing` says why it cannot be, and skips. */
export const brokerSuite = (name: string, makeWorld: () => Promise<BrokerWorld>, missing?: string): void => {
  const title = missing === undefined ? name : `${name} (${missing})`;
  describe.skipIf(missing !== undefined)(`the broker port, ${title}`, { timeout: PATIENCE * 2 }, () => {
    let world: BrokerWorld | undefined;
    let names = 0;
    const open: Broker[] = [];
    const here = (): BrokerWorld => {
      if (!world) throw new Error('the world is made before the first test');
      return world;
    };
    const stage: Stage = {
      get world() {
        return here();
      },
      connect: async () => {
        const broker = await here().connect();
        open.push(broker);
        return broker;
      },
      topic: async (partitions = 1) => {
        const topic = `suite.topic-${(names += 1)}`;
        await here().createTopic(topic, partitions);
        return topic;
      },
      group: () => `suite.group-${(names += 1)}`,
    };

    beforeAll(async () => {
      world = await makeWorld();
    }, 120_000);
    afterEach(async () => {
      await Promise.all(open.splice(0).map((broker) => broker.close()));
    });
    afterAll(async () => {
      await world?.close();
    }, 60_000);

    logSuite(stage);
    followSuite(stage);
    groupSuite(stage);
    rebalanceSuite(stage);
    transactionsSuite(stage);
  });
};
