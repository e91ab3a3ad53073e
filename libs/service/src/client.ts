/** What a program shares with services that is none, such as the command line; `index.ts` loads Nest too. */
export { announcedKeys, controlsFold, controlVerifier } from './control-log.js';
export { kafkaOptions } from './kafka.js';
export { readConfig } from './read-config.js';
export type { Variables } from './read-config.js';
export { KAFKA_VARIABLES, KafkaConfig } from './service.config.js';
