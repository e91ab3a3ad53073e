import { CountersignError } from '@countersign/kernel';
import type { CompiledSet } from '../compiled-set.js';
import { decider, type Evaluation, type Pass } from '../decide.js';
import type { PolicyEngine, PreparedPolicy } from '../engine.js';
import { cedarCall } from './cedar-call.js';
import { cedarPolicies } from './cedar-policies.js';
import { cedarScreen } from './cedar-screen.js';
import { cedar, type Cedar } from './load-cedar.js';

/** Cedar keeps parsed sets by name for the life of the process, so every set that is loaded gets names of its own. */
let loads = 0;

const unavailable = (what: string, errors: readonly Cedar.DetailedError[]): CountersignError =>
  new CountersignError('ENGINE_UNAVAILABLE', `${what}: ${errors[0]?.message ?? 'no reason given'}`);

const load = (name: string, staticPolicies: Cedar.StaticPolicySet): void => {
  const answer = cedar().preparsePolicySet(name, { staticPolicies });
  if (answer.type === 'failure') throw unavailable('Cedar refuses the set', answer.errors);
};

const ask = (name: string, pass: Pass): Evaluation => {
  const answer = cedar().statefulIsAuthorized(cedarCall(name, pass));
  if (answer.type === 'failure') throw unavailable('Cedar gave no answer', answer.errors);
  const { decision, diagnostics } = answer.response;
  return { allowed: decision === 'allow', matched: diagnostics.reason, failed: diagnostics.errors.map(({ policyId }) => policyId) };
};

/** The policy sets of one compiled set, by tool. */
class LoadedSlices {
  private readonly full = new Map<string, string>();
  private readonly screens = new Map<string, string>();
  private released = false;

  constructor({ slices }: CompiledSet) {
    loads += 1;
    for (const [tool, slice] of slices) {
      this.full.set(tool, `${loads}/${tool}`);
      load(`${loads}/${tool}`, cedarPolicies(slice));
      const screen = cedarScreen(slice);
      if (!screen) continue;
      this.screens.set(tool, `${loads}/screen/${tool}`);
      load(`${loads}/screen/${tool}`, screen);
    }
  }

  evaluate(pass: Pass): Evaluation {
    const full = this.full.get(pass.tool);
    if (full === undefined || this.released) throw new CountersignError('ENGINE_UNAVAILABLE', `no policies of \`${pass.tool}\` are loaded`);
    const screen = this.screens.get(pass.tool);
    const screened = screen === undefined ? undefined : ask(screen, pass);
    return screened?.allowed && screened.failed.length === 0 ? screened : ask(full, pass);
  }

  /** Cedar has no way to forget a name, but a set without policies is small. */
  release(): void {
    this.released = true;
    for (const name of [...this.full.values(), ...this.screens.values()]) load(name, {});
  }
}

/** Cedar in this process, with one preparsed policy set for each tool. */
export class CedarEngine implements PolicyEngine {
  readonly name = 'cedar';

  prepare(set: CompiledSet): PreparedPolicy {
    const loaded = new LoadedSlices(set);
    return { hash: set.hash, decide: decider(set, (pass) => loaded.evaluate(pass)), release: () => loaded.release() };
  }
}
