export type { Broker, Committed, Follower, JoinOptions, KeyRing, LogRecord, Membership, NewRecord, Signer, TopicPartition } from './broker.js';
export type { Late, Moment, Outgoing, OutgoingOf, Received, Rejected, Relay, RelayBatch, Step, WorkItem } from './step.js';
