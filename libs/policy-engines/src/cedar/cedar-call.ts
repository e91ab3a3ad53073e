import type { Pass } from '../decide.js';
import { AGENT, CONTRACT, DESTINATION, TOOL } from './cedar-policies.js';
import type { Cedar } from './load-cedar.js';

/** `FactValues` are JSON as they stand; this only tells the compiler so. */
const contextOf = (facts: Pass['facts']): Record<string, Cedar.CedarValueJson> => facts as Record<string, Cedar.CedarValueJson>;

/** A pass as Cedar takes it. Entities are only the chain that a permit asks about: each one costs time on every decision. */
export const cedarCall = (policySet: string, { tool, agent, contract, destination, values, facts, approvals }: Pass): Cedar.StatefulAuthorizationCall => ({
  principal: { type: AGENT, id: agent },
  action: { type: TOOL, id: tool },
  resource: { type: DESTINATION, id: destination },
  context: { attributes: values, ...contextOf(facts), ...(approvals && { approvals: { tier: approvals.tier, voters: approvals.voters } }) },
  preparsedPolicySetId: policySet,
  entities: [{ uid: { type: AGENT, id: agent }, attrs: {}, parents: [{ type: CONTRACT, id: contract }] }],
});
