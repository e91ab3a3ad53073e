import type { CompiledSet, Slice } from '../compiled-set.js';
import { cedarPolicies } from './cedar-policies.js';
import { cedarSchema } from './cedar-schema.js';
import { cedar } from './load-cedar.js';

export interface CedarFault {
  readonly tool: string;
  /** Id of the statement; empty where it is the slice as a whole. */
  readonly statement: string;
  readonly message: string;
}

const validateSlice = (slice: Slice): readonly CedarFault[] => {
  const { tool } = slice;
  const answer = cedar().validate({ validationSettings: { mode: 'strict' }, schema: cedarSchema(slice), policies: { staticPolicies: cedarPolicies(slice) } });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => ({ tool, statement: '', message }));
  return answer.validationErrors.map(({ policyId, error }) => ({ tool, statement: policyId, message: error.message }));
};

/** Whether every slice passes Cedar's strict validation; empty where it does. Slice by slice takes a third of the time of the whole set at once. */
export const validateWithCedar = (set: CompiledSet): readonly CedarFault[] => [...set.slices.values()].flatMap(validateSlice);
