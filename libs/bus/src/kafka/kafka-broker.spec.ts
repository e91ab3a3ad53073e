import { Kafka, logLevel } from 'kafkajs';
import { brokerSuite, kafkaMissing, startTestKafka, type BrokerWorld } from '@countersign/testing';
import { Cluster } from './cluster.js';
import { Connections } from './connections.js';
import { accept } from './faults.js';
import { KafkaBroker } from './kafka-broker.js';
import { SASL_MECHANISM } from './kafka-options.js';
import { LeaveGroup } from './kafkajs-codec.js';
import { startTransactor } from './transactor.fixture.js';

const kafkaWorld = async (): Promise<BrokerWorld> => {
  const kafka = await startTestKafka();
  const options = kafka.options();
  const connections = new Connections(options);
  const cluster = new Cluster(connections);
  const client = new Kafka({ brokers: [...options.brokers], sasl: { mechanism: SASL_MECHANISM, ...options.sasl }, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const transactor = await startTransactor(options);
  return {
    connect: () => new KafkaBroker(options),
    createTopic: async (topic, numPartitions) => {
      await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: true });
    },
    truncate: async ({ topic, partition }, start) => {
      // kafkajs deletes only from topics whose leaders it happens to know.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(start) }] });
    },
    transact: (target, values, end) => transactor.transact(target, values, end),
    evict: async (group, memberId) => {
      const { errorCode } = await cluster.coordinate(group, 'evict', LeaveGroup, { groupId: group, memberId });
      accept(errorCode, 'to put a member out');
    },
    close: async () => {
      await transactor.close();
      await admin.disconnect();
      await connections.close();
      await kafka.stop();
    },
  };
};

brokerSuite('Kafka', kafkaWorld, kafkaMissing);
