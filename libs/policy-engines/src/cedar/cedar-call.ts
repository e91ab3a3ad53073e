import type { Pass } from '../decide.js';
import { AGENT, CONTRACT, DESTINATION, TOOL } from './cedar-policies.js';
import type { Cedar } from './load-cedar.js';

/** A pass as Cedar takes it. Entities are only the chain that a permit asks about: each one costs time on every decision. */
export const cedarCall = (policySet: string, { tool, agent, contract, destination, values, approvals }: Pass): Cedar.StatefulAuthorizationCall => ({
  principal: { type: AGENT, id: agent },
  action: { type: TOOL, id: tool },
  resource: { type: DESTINATION, id: destination },
  context: { attributes: values, ...(approvals && { approvals: { tier: approvals.tier, voters: approvals.voters } }) },
  preparsedPolicySetId: policySet,
  entities: [{ uid: { type: AGENT, id: agent }, attrs: {}, parents: [{ type: CONTRACT, id: contract }] }],
});
