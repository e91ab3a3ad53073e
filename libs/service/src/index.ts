export { readConfig } from './read-config.js';
export type { Variables } from './read-config.js';
export { DEFAULT_SESSION_TIMEOUT_MS, KAFKA_VARIABLES, KafkaConfig, readSecret, readServiceConfig, SERVICE_VARIABLES, ServiceConfig } from './service.config.js';
