import { CountersignError } from '@countersign/kernel';
import type { CompiledSet } from '../compiled-set.js';
import { decider, type Evaluation, type Pass } from '../decide.js';
import type { PolicyEngine, PreparedPolicy } from '../engine.js';
import { cedarCall } from './cedar-call.js';
import { cedarPolicies } from './cedar-policies.js';
import { cedar, type Cedar } from './load-cedar.js';

let loads = 0;

/** In one set a rule has a policy for each tool that it covers. */
const SEPARATOR = '/';

/** All policies of all tools, under ids of their own. */
export const wholeSet = ({ slices }: CompiledSet): Record<string, Cedar.PolicyJson> =>
  Object.fromEntries([...slices].flatMap(([tool, slice]) => Object.entries(cedarPolicies(slice)).map(([id, policy]) => [`${tool}${SEPARATOR}${id}`, policy])));

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
