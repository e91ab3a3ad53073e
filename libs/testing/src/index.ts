export { brokerSuite } from './ports/broker-suite.js';
export type { BrokerWorld } from './ports/broker-world.js';
export { compileRules, essence, policyContract, policyTool, requestOf, vote } from './ports/engine-world.js';
export type { Call } from './ports/engine-world.js';
export { asks, denies, THREE_RULES } from './ports/engine-rules.js';
export { engineSuite } from './ports/engine-suite.js';
export { kafkaMissing, startTestKafka, TEST_PRINCIPALS, TEST_TENANTS } from './kafka-fixture.js';
export type { TestKafka } from './kafka-fixture.js';
export { memoryFolder } from './memory-folder.js';
