import { describe, expect, it } from 'vitest';
import type { ControlState, Pinned, PolicyFile, PolicyRule, PolicySet } from '@countersign/domain';
import { CountersignError, sha256 } from '@countersign/kernel';
import type { CompiledSet, PolicyEngine } from '@countersign/policy-engines';
import { denies } from '@countersign/testing';
import { controlsWith } from '@countersign/testing/refund-desk';
import { Policies } from './policies.js';

const BASE = controlsWith();
const BLOCK = denies('no_refunds', 'payments.refund');
const BROKEN = denies('no_refunds', 'payments.refund', { amout_usd: '> 100' });

const rules = (name: string, ...policies: readonly PolicyRule[]): Pinned<PolicyFile> => ({ id: name, version: 1, hash: sha256(name), document: { policies } });

/** What is in force at the desk, with a policy set of these files. */
const controlsOf = (name: string, ...files: readonly Pinned<PolicyFile>[]): ControlState => {
  if (!BASE.active) throw new Error('nothing is in force at the desk');
  const policySet: PolicySet = { ...BASE.active.policySet, hash: sha256(name), policies: files };
  return { ...BASE, active: { ...BASE.active, policySet } };
};
const GOOD = controlsOf('good', rules('good', BLOCK));
const OTHER = controlsOf('other', rules('other'));
const FAULTY = controlsOf('faulty', rules('faulty', BROKEN));

/** An engine that writes down what it is asked to do, and refuses sets of a hash. */
const world = (refuses?: string) => {
  const calls: string[] = [];
  const nameOf = new Map([GOOD, OTHER, FAULTY].map(({ active }) => [active?.policySet.hash, active?.policySet.policies[0]?.id]));
  const engine: PolicyEngine = {
    name: 'written down',
    prepare: ({ hash }: CompiledSet) => {
      const name = String(nameOf.get(hash));
      if (name === refuses) throw new CountersignError('ENGINE_UNAVAILABLE', 'the engine refuses the set');
      calls.push(`prepare ${name}`);
      return { hash, decide: () => ({ effect: 'allow', rules: [name] }), release: () => calls.push(`release ${name}`) };
    },
  };
  const told: object[] = [];
  const policies = new Policies(engine, { info: () => undefined, error: (_message, fields) => told.push(fields) });
  return { policies, calls, told };
};

describe('the policy set in force', () => {
  it('is compiled once, and given to the engine once', () => {
    const { policies, calls } = world();
    expect(policies.current(GOOD)).toBe(policies.current({ ...GOOD, epoch: GOOD.epoch + 1 }));
    expect(calls).toEqual(['prepare good']);
  });

  it('is exchanged when the configuration changes, and what the engine held is freed then', () => {
    const { policies, calls } = world();
    policies.current(GOOD);
    expect(policies.current(OTHER)?.hash).toBe(sha256('other'));
    expect(calls).toEqual(['prepare good', 'prepare other', 'release good']);
  });

  it('is none where a rule cannot be compiled, and the log names the file and the fault', () => {
    const { policies, told } = world();
    expect(policies.current(FAULTY)).toBeUndefined();
    expect(told).toEqual([{ hash: sha256('faulty'), code: 'CONFIG_INVALID', message: expect.stringMatching(/^faulty: unknown key `amout_usd`/) }]);
  });

  it('is none where the engine refuses it', () => {
    const { policies, told } = world('good');
    expect(policies.current(GOOD)).toBeUndefined();
    expect(told).toEqual([{ hash: sha256('good'), code: 'ENGINE_UNAVAILABLE', message: 'the engine refuses the set' }]);
  });

  it.each([
    ['with a fault', FAULTY, undefined],
    ['that the engine refuses', OTHER, 'other'],
  ])('is never an older one in place of one %s, which is not tried again either', (_, controls, refuses) => {
    const { policies, calls, told } = world(refuses);
    policies.current(GOOD);
    expect([policies.current(controls), policies.current(controls)]).toEqual([undefined, undefined]);
    expect(calls).toEqual(['prepare good', 'release good']);
    expect(told).toHaveLength(1);
  });

  it('is there again once the configuration is a good one again', () => {
    const { policies } = world();
    policies.current(FAULTY);
    expect(policies.current(GOOD)?.hash).toBe(sha256('good'));
  });
});
