export { brokerSuite } from './ports/broker-suite.js';
export type { BrokerWorld } from './ports/broker-world.js';
