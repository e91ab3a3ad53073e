import type { CompiledSet } from '../compiled-set.js';
import { cedarPolicies } from './cedar-policies.js';
import { cedarSchema } from './cedar-schema.js';
import { cedar, type Cedar } from './load-cedar.js';

export interface CedarFault {
  readonly tool: string;
  readonly statement: string;
  readonly message: string;
}

/** Between a tool and a statement in the id of a policy; neither has a space. */
const SEPARATOR = ' ';

/** Whether the whole set passes Cedar's strict validation; empty where it does. */
export const validateWithCedar = (set: CompiledSet): readonly CedarFault[] => {
  const policies: Record<string, Cedar.PolicyJson> = {};
  for (const [tool, slice] of set.slices) {
    for (const [id, policy] of Object.entries(cedarPolicies(slice))) policies[`${tool}${SEPARATOR}${id}`] = policy;
  }
  const answer = cedar().validate({ validationSettings: { mode: 'strict' }, schema: cedarSchema(set), policies: { staticPolicies: policies } });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => ({ tool: '', statement: '', message }));
  return answer.validationErrors.map(({ policyId, error }) => {
    const [tool = '', statement = ''] = policyId.split(SEPARATOR);
    return { tool, statement, message: error.message };
  });
};
