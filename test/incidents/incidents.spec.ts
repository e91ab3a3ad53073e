import { describe, expect, it } from 'vitest';
import { policySetOf } from '@countersign/domain';
import { controlsOf, Evaluator } from '@countersign/evaluation';
import { CedarEngine, compilePolicySet } from '@countersign/policy-engines';
import { incidentFaults } from '@countersign/replay';
import { loadConfig } from '@countersign/tools';
import { incidentsIn } from '../../apps/cli/src/readiness/incident-facts.js';
import { inWorkspace } from '../support/workspace.ts';

/** Nobody's votes are checked here. */
const NOBODYS_KEY = 'A'.repeat(43);

const incidents = incidentsIn(inWorkspace('test/incidents'));
const controls = controlsOf(loadConfig(inWorkspace('config'), { localPublicKey: NOBODYS_KEY }).documents);
const compilation = compilePolicySet(policySetOf(controls));
if (!compilation.ok) throw new Error('the configuration does not compile');
const evaluator = new Evaluator({ controls, policy: new CedarEngine().prepare(compilation.set) });

describe('under the configuration of this repository', () => {
  it.each(incidents)('what is to be decided of incident $name is', ({ incident }) => {
    expect(incidentFaults(incident, (call, now) => evaluator.decide(call, now))).toEqual([]);
  });

  it('there is an incident, and none has a number twice', () => {
    const numbers = incidents.map(({ name }) => name.slice(0, 4));
    expect(numbers.length).toBeGreaterThan(0);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
