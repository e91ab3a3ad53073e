import { brokerSuite, type BrokerWorld } from '@countersign/testing';
import { freeRunning } from './conductor.js';
import { MemoryBroker } from './memory-broker.js';
import { MemoryCluster } from './memory-cluster.js';
import { MemoryProcess } from './memory-process.js';

const makeWorld = (): BrokerWorld => {
  const cluster = new MemoryCluster(freeRunning);
  let clients = 0;
  return {
    connect: () => new MemoryBroker(cluster, new MemoryProcess(`client-${(clients += 1)}`, freeRunning)),
    createTopic: (topic, partitions) => Promise.resolve(cluster.log.createTopic(topic, partitions)),
    truncate: (target, start) => Promise.resolve(cluster.log.truncate(target, start)),
    transact: (target, values, end) => {
      if (end === 'commit') cluster.log.append(target, values.map((value) => ({ key: null, value: Buffer.from(value), headers: {} })), freeRunning.now());
      cluster.log.skip(target, end === 'commit' ? 1 : values.length + 1);
      return Promise.resolve();
    },
    evict: (group, memberId) => Promise.resolve(cluster.groups.leave(group, memberId)),
    close: () => Promise.resolve(),
  };
};

brokerSuite('in memory', () => Promise.resolve(makeWorld()));
