import { Kafka, logLevel } from 'kafkajs';
import { brokerSuite, kafkaMissing, startTestKafka, type BrokerWorld } from '@countersign/testing';
import { Cluster } from './cluster.js';
import { Connections } from './connections.js';
import { accept } from './faults.js';
import { KafkaBroker } from './kafka-broker.js';
import { SASL_MECHANISM } from './kafka-options.js';
import { LeaveGroup } from './kafkajs-codec.js';

const kafkaWorld = async (): Promise<BrokerWorld> => {
  const kafka = await startTestKafka();
  const options = kafka.options();
  const connections = new Connections(options);
  const cluster = new Cluster(connections);
  const client = new Kafka({ brokers: [...options.brokers], sasl: { mechanism: SASL_MECHANISM, ...options.sasl }, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
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
    evict: async (group, memberId) => {
      const { errorCode } = await cluster.coordinate(group, 'evict', LeaveGroup, { groupId: group, memberId });
      accept(errorCode, 'to put a member out');
    },
    close: async () => {
      await admin.disconnect();
      await connections.close();
      await kafka.stop();
    },
  };
};

brokerSuite('Kafka', kafkaWorld, kafkaMissing);
