import { APPROVALS_INPUTS, ApprovalsHandler } from '@countersign/approvals/step';
import type { Step } from '@countersign/bus';
import type { EventType, Owner } from '@countersign/contracts';
import { policySetOf, type ControlState, type ExecutionWork } from '@countersign/domain';
import { EXECUTOR_INPUTS, ExecutorStep, type Outcome } from '@countersign/executor/step';
import { generateKey } from '@countersign/identity';
import type { KeyId } from '@countersign/kernel';
import { PLANNER_INPUTS, PlannerHandler } from '@countersign/planner/step';
import { Policies, POLICY_INPUTS, PolicyHandler } from '@countersign/policy/step';
import type { PolicyEngine } from '@countersign/policy-engines';
import { argumentFaults } from '@countersign/tools';
import type { TapedTopic } from './tape.js';

/** A service of the sandbox: what the real one decides with, what it reads, and where it writes. */
export interface SandboxService {
  readonly service: Exclude<Owner, 'slack'>;
  readonly step: Step<unknown, ControlState, ExecutionWork, Outcome>;
  readonly inputs: readonly TapedTopic[];
  readonly output: TapedTopic;
  readonly handles: ReadonlySet<EventType>;
}

export interface SandboxOptions {
  readonly engine: PolicyEngine;
  readonly trustDomain: string;
  /** Of the namespace. */
  readonly partitions: number;
}

export interface Sandbox {
  readonly services: readonly SandboxService[];
  /** Compiles rules and schemas of these controls: services do that once, and not at every decision. */
  prepare(controls: ControlState): void;
  /** The executor holds these from now on: those with which the real one signed. */
  hold(keys: readonly KeyId[]): void;
}

/** One set after the other is in force in a tape, and some again and again. */
class PolicySets {
  readonly #sets = new Map<string, Policies>();

  constructor(private readonly engine: PolicyEngine) {}

  current(controls: ControlState): ReturnType<Policies['current']> {
    const { hash } = policySetOf(controls);
    const known = this.#sets.get(hash) ?? new Policies(this.engine, QUIET);
    this.#sets.set(hash, known);
    return known.current(controls);
  }
}

const QUIET = { info: () => undefined, error: () => undefined };

/**
 * The services that decide, without a broker, a key or an adapter. The executor is what decides on grants and outcomes and nothing else: what
 * calls tools is another class of another file, which is not loaded. Policy signs with a key that was made for the sandbox.
 */
export const newSandbox = ({ engine, trustDomain, partitions }: SandboxOptions): Sandbox => {
  let keys: readonly KeyId[] = [];
  const executor = new ExecutorStep({
    get keys() {
      return keys;
    },
    grants: { remember: () => undefined, forget: () => undefined },
    // Only the executor's own key opens what policy sealed for it. Whether it could then is on the tape, as what follows; no token is needed where nothing is called.
    tokens: { open: () => Promise.resolve({ ok: true, token: '' }) },
    partitions,
  });
  const policies = new PolicySets(engine);
  const service = (name: SandboxService['service'], step: unknown, inputs: readonly TapedTopic[], output: TapedTopic, handles: readonly EventType[]): SandboxService => ({ service: name, step: step as SandboxService['step'], inputs, output, handles: new Set(handles) });
  return {
    services: [
      service('planner', new PlannerHandler(trustDomain), ['tasks', 'decisions', 'executions'], 'proposals', PLANNER_INPUTS),
      service('policy', new PolicyHandler(policies, generateKey(), trustDomain), ['tasks', 'proposals', 'approvals', 'executions'], 'decisions', POLICY_INPUTS),
      service('approvals', new ApprovalsHandler(), ['decisions', 'executions', 'ballots'], 'approvals', APPROVALS_INPUTS),
      service('executor', executor, ['decisions'], 'executions', EXECUTOR_INPUTS),
    ],
    prepare: (controls) => {
      policies.current(controls);
      for (const tool of controls.active?.tools.values() ?? []) argumentFaults(tool, {});
    },
    hold: (held) => void (keys = held),
  };
};
