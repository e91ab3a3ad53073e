import { CountersignError } from '@countersign/kernel';
import type { CompiledSet } from '../compiled-set.js';
import { decider, type Evaluation, type Pass } from '../decide.js';
import type { PolicyEngine, PreparedPolicy } from '../engine.js';
import { cedarCall } from './cedar-call.js';
import { cedarPolicies, TOOL } from './cedar-policies.js';
import { cedar, type Cedar } from './load-cedar.js';

let loads = 0;

/** Ids of policies are a number and the id of the statement: one that says the same of several tools is one policy. */
const SEPARATOR = '/';

/** All policies of all tools as one set. */
const wholeSet = ({ slices }: CompiledSet): Record<string, Cedar.PolicyJson> => {
  const policies = new Map<string, { readonly id: string; readonly policy: Cedar.PolicyJson; readonly tools: string[] }>();
  for (const [tool, slice] of slices) {
    for (const [id, policy] of Object.entries(cedarPolicies(slice))) {
      const said = JSON.stringify([id, { ...policy, action: undefined }]);
      const same = policies.get(said) ?? { id, policy, tools: [] };
      same.tools.push(tool);
      policies.set(said, same);
    }
  }
  return Object.fromEntries(
    [...policies.values()].map(({ id, policy, tools }, index) => [`${index}${SEPARATOR}${id}`, { ...policy, action: { op: 'in', entities: tools.map((tool) => ({ type: TOOL, id: tool })) } }]),
  );
};

/** Cedar as it comes: one set of all policies, no slices, no screens. What `CedarEngine` is held against, in tests and measurements; too slow for more. */
export class PlainCedarEngine implements PolicyEngine {
  readonly name = 'plain-cedar';

  prepare(set: CompiledSet): PreparedPolicy {
    loads += 1;
    const name = `plain/${loads}`;
    const loaded = cedar().preparsePolicySet(name, { staticPolicies: wholeSet(set) });
    if (loaded.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar refuses the set: ${loaded.errors[0]?.message ?? 'no reason given'}`);
    const evaluate = (pass: Pass): Evaluation => {
      const answer = cedar().statefulIsAuthorized(cedarCall(name, pass));
      if (answer.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar gave no answer: ${answer.errors[0]?.message ?? 'no reason given'}`);
      const { decision, diagnostics } = answer.response;
      const statement = (policy: string): string => policy.slice(policy.indexOf(SEPARATOR) + 1);
      return { allowed: decision === 'allow', matched: diagnostics.reason.map(statement), failed: diagnostics.errors.map(({ policyId }) => statement(policyId)) };
    };
    return { hash: set.hash, decide: decider(set, evaluate), release: () => void cedar().preparsePolicySet(name, { staticPolicies: {} }) };
  }
}
