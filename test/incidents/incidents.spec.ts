import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policySetOf } from '@countersign/domain';
import { controlsOf, Evaluator, readCall } from '@countersign/evaluation';
import { CedarEngine, compilePolicySet } from '@countersign/policy-engines';
import { INCIDENT_FILE, incidentFaults, readIncident } from '@countersign/replay';
import { loadConfig } from '@countersign/tools';
import { inWorkspace } from '../support/workspace.ts';

const FOLDER = inWorkspace('test/incidents');
/** Nobody's votes are checked here. */
const NOBODYS_KEY = 'A'.repeat(43);

const incidents = readdirSync(FOLDER).filter((entry) => existsSync(join(FOLDER, entry, INCIDENT_FILE)));
const controls = controlsOf(loadConfig(inWorkspace('config'), { localPublicKey: NOBODYS_KEY }).documents);
const compilation = compilePolicySet(policySetOf(controls));
if (!compilation.ok) throw new Error('the configuration does not compile');
const evaluator = new Evaluator({ controls, policy: new CedarEngine().prepare(compilation.set) });

describe('under the configuration of this repository', () => {
  it.each(incidents)('what is to be decided of incident %s is', (incident) => {
    expect(incidentFaults(readIncident(readFileSync(join(FOLDER, incident, INCIDENT_FILE), 'utf8'), readCall), (call, now) => evaluator.decide(call, now))).toEqual([]);
  });

  it('there is an incident, and none has a number twice', () => {
    const numbers = incidents.map((entry) => entry.slice(0, 4));
    expect(numbers.length).toBeGreaterThan(0);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
