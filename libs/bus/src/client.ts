/**
 * What a program needs that only reads and appends, such as the command line: the same as in `index.ts`, without the
 * runtimes of services and what they load (Nest takes longer to load than such a program takes to run).
 */
export type { Broker, LogRecord, NewRecord, TopicPartition } from './broker.js';
export { admissionOf, Door, isOfServices } from './admission.js';
export type { Admission } from './admission.js';
export { DEAD_LETTER_PARTITION, readDeadLetter } from './dead-letters.js';
export type { DeadLetter } from './dead-letters.js';
export { aclsOf, SANDBOX_USER, sandboxAcls, upstreamUser } from './kafka/acls.js';
export { topicsOfNamespace } from './kafka/namespace-topics.js';
export { KafkaAdmin } from './kafka/kafka-admin.js';
export { firstContact } from './kafka/first-contact.js';
export { KafkaBroker } from './kafka/kafka-broker.js';
export type { KafkaOptions } from './kafka/kafka-options.js';
export { NO_CONTEXT, WHOLE_LOG } from './log-reader.js';
export type { ReaderState } from './log-reader.js';
export { newStats } from './stats.js';
export { formatMark } from './topic-queue.js';
export { SignedWire } from './wire.js';
