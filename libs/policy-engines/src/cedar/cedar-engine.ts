import { CountersignError } from '@countersign/kernel';
import type { CompiledSet } from '../compiled-set.js';
import { decider, type Evaluation, type Pass } from '../decide.js';
import type { PolicyEngine, PreparedPolicy } from '../engine.js';
import { cedarCall } from './cedar-call.js';
import { cedarPolicies } from './cedar-policies.js';
import { cedar, type Cedar } from './load-cedar.js';

/** Cedar keeps parsed sets by name for the life of the process, so every set that is loaded gets names of its own. */
let sets = 0;

const load = (name: string, staticPolicies: Cedar.StaticPolicySet): void => {
  const answer = cedar().preparsePolicySet(name, { staticPolicies });
  if (answer.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar refuses the set: ${answer.errors[0]?.message ?? 'no reason given'}`);
};

const evaluate = (prefix: string, pass: Pass): Evaluation => {
  const answer = cedar().statefulIsAuthorized(cedarCall(`${prefix}${pass.tool}`, pass));
  if (answer.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar gave no answer: ${answer.errors[0]?.message ?? 'no reason given'}`);
  const { decision, diagnostics } = answer.response;
  return { allowed: decision === 'allow', matched: diagnostics.reason, failed: diagnostics.errors.map(({ policyId }) => policyId) };
};

/** Cedar in this process, with one preparsed policy set for each tool. */
export class CedarEngine implements PolicyEngine {
  readonly name = 'cedar';

  prepare(set: CompiledSet): PreparedPolicy {
    sets += 1;
    const prefix = `${sets}/`;
    for (const [tool, slice] of set.slices) load(`${prefix}${tool}`, cedarPolicies(slice));
    let released = false;
    return {
      hash: set.hash,
      decide: decider(set, (pass) => {
        if (released) throw new CountersignError('ENGINE_UNAVAILABLE', 'the set was released');
        return evaluate(prefix, pass);
      }),
      // Cedar has no way to forget a name, but a set without policies is small.
      release: () => {
        released = true;
        for (const tool of set.slices.keys()) load(`${prefix}${tool}`, {});
      },
    };
  }
}
