/** What policy decides with, without Kafka and Nest: for whoever decides once more what was decided. */
export { Policies, type PolicyLog } from './policies.js';
export { POLICY_INPUTS, PolicyHandler } from './policy.handler.js';
