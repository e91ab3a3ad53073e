/** Every code that a `CountersignError` or a dead letter can carry, with what it means. The list is closed. */
export const ERROR_CODES = {
  // values
  MONEY_INVALID: 'an amount of money is not written as one',
  DURATION_INVALID: 'a duration is not written as one',
  JSON_INVALID: 'the bytes are no JSON, or a value has no JSON form',
  // events
  EVENT_TOO_LARGE: 'an event is larger than 48 KiB',
  EVENT_NOT_CLOUDEVENT: 'the JSON is no CloudEvent 1.0 of ours',
  EVENT_TYPE_UNKNOWN: 'no event of this type is in the catalogue',
  EVENT_VERSION_UNKNOWN: 'the type is known, this version of it is not',
  EVENT_INVALID: 'the event breaks its schema',
  EVENT_MISPLACED: 'the event is on another topic or partition than its type or key asks for',
  SIGNATURE_MISSING: 'the event carries no signature',
  SIGNATURE_INVALID: 'the signature does not cover the event as it stands here',
  SIGNER_UNKNOWN: 'the key is not announced, or is retired',
  SIGNER_WRONG: 'this signer may not write this type to this topic',
  EPOCH_STALE: 'the writer no longer owned the partition',
  EVENT_REPEATED: 'a copy of an event that lies before it in the log',
  SEQUENCE_BROKEN: 'an event of the writer is missing before this one',
  HANDLER_FAILED: 'the handler threw',
  // bus and stack
  BROKER_UNREACHABLE: 'Kafka cannot be reached',
  BROKER_REFUSED: 'Kafka refused the request',
  RECORD_TOO_LARGE: 'Kafka takes no record of this size into the topic',
  NAMESPACE_MISMATCH: 'the topics of the namespace are not as the map of topics says',
  OWNERSHIP_LOST: 'another member owns the partition now',
  LOG_TRUNCATED: 'the log starts after the point that has to be read',
  SNAPSHOT_INVALID: 'a snapshot does not match its manifest',
  STACK_START_FAILED: 'a part of the local stack did not start',
  STACK_NOT_RUNNING: 'no local stack runs here',
  KAFKA_JARS_MISSING: 'the Kafka jars are not in the cache',
  TOOLING_MISSING: 'Java, Maven, Node or disk space is missing',
  // configuration
  CONFIG_INVALID: 'a configuration file or the environment is not as it must be',
  CONFIG_UNAVAILABLE: 'no configuration is active',
  // identity
  KEY_INVALID: 'a key file or public key cannot be read',
  ANSWER_INVALID: 'what a person said to a question of a run does not count',
  VOTE_INVALID: 'a vote is not what it must be',
  VOTE_REFUSED: 'a person signed a vote that is not theirs to cast',
  WEBHOOK_REFUSED: 'an endpoint does not take what it is told, or may not be reached',
  WEBHOOK_UNDELIVERED: 'an endpoint took nothing for as long as it was tried',
  WEBHOOK_SECRET_MISSING: 'there is nothing to sign for an endpoint with',
  // tools and policy
  TOOL_UNKNOWN: 'no tool of this name is published',
  TOOL_TIMEOUT: 'the tool gave no answer in time',
  TOOL_ANSWER_INVALID: 'the answer of the tool is too large, no JSON or breaks its schema',
  ENGINE_UNAVAILABLE: 'the policy engine cannot answer',
  GRANT_REFUSED: 'the executor refused a grant that policy would not have written',
  BLOB_MISSING: 'a blob is not in the store, or is not what its hash says',
  // read model and command line
  DATABASE_UNREACHABLE: 'PostgreSQL cannot be reached',
  DATABASE_REFUSED: 'PostgreSQL refused the statement',
  POSITION_GAP: 'events between the read model and what is to be projected next are missing',
  REQUEST_INVALID: 'the parameters of a request are not as they must be',
  UNAUTHENTICATED: 'the request carries no valid token',
  NOT_FOUND: 'there is no such thing',
  USAGE: 'the command line is not understood',
  TIMED_OUT: 'the answer did not come in time',
  INTERNAL: 'a fault of ours',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
