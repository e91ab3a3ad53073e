import { CountersignError, messageOf } from '@countersign/kernel';
import type { CompiledSet } from '../compiled-set.js';
import { decider, type Evaluation, type Pass } from '../decide.js';
import type { PolicyEngine, PreparedPolicy } from '../engine.js';
import { loadOpa, type LoadedPolicy } from './load-opa.js';
import { opaData } from './opa-data.js';

const unavailable = (message: string, cause?: unknown): CountersignError => new CountersignError('ENGINE_UNAVAILABLE', message, { cause });

/** Without data it would answer too, and that nobody may do anything: a load that fails must not look like one. */
const load = (set: CompiledSet): LoadedPolicy => {
  try {
    const policy = loadOpa();
    policy.setData(opaData(set));
    return policy;
  } catch (fault) {
    throw unavailable(`OPA refuses the set: ${messageOf(fault)}`, fault);
  }
};

const ask = (policy: LoadedPolicy, pass: Pass): Evaluation => {
  const [answer] = policy.evaluate(pass) as readonly { readonly result: Evaluation }[];
  if (!answer) throw unavailable(`OPA has no slice of \`${pass.tool}\``);
  return answer.result;
};

/** Open Policy Agent in this process: one Rego policy, compiled to WebAssembly, with the statements of a set as its data. */
export class OpaEngine implements PolicyEngine {
  readonly name = 'opa';

  prepare(set: CompiledSet): PreparedPolicy {
    let policy: LoadedPolicy | undefined = load(set);
    const evaluate = (pass: Pass): Evaluation => {
      if (!policy) throw unavailable(`no policies of \`${pass.tool}\` are loaded`);
      return ask(policy, pass);
    };
    return { hash: set.hash, decide: decider(set, evaluate), release: () => void (policy = undefined) };
  }
}
