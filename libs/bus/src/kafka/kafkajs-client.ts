import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { quietenRequestQueues } from './idle-request-queue.js';
import { CONNECT_TIMEOUT, openSocket, REQUEST_TIMEOUT, SASL_MECHANISM, type KafkaOptions, type SaslOptions } from './kafka-options.js';

/** kafkajs has a type for each mechanism, and the same fields in these three. */
const loginOf = (sasl: SaslOptions): SASLOptions => ({ mechanism: SASL_MECHANISM, ...sasl });

/** kafkajs' own client, for what is asked of Kafka now and then: its consumer and producer are not what services use. */
export const kafkajsClient = ({ brokers, clientId, sasl, ssl }: KafkaOptions, more: Pick<KafkaConfig, 'retry'> = {}): Kafka => {
  quietenRequestQueues();
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...(sasl ? { sasl: loginOf(sasl) } : {}),
    ...(ssl === undefined ? {} : { ssl }),
    socketFactory: openSocket,
    connectionTimeout: CONNECT_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    logLevel: kafkajs.logLevel.NOTHING,
    ...more,
  });
};
