import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_STOPS, type ControlState, type ModeSetting } from '@countersign/domain';
import { humanPrincipal } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import { CONTROLS } from '../spec-support/readiness.spec-support.js';
import { incidentFacts } from './incident-facts.js';

const DESK = { tenant: 'acme', workflow: 'refund-desk' };
/** The example configuration denies an export of all customers. */
const exported = (expected: string, change: object = {}): string =>
  JSON.stringify({ v: 1, name: 'bulk-export', policySet: 'then', calls: [{ step: 'export', was: 'deny', expected, call: { id: 'export', ...DESK, task: { rows: 250_000 }, tool: 'crm.export', args: { rows: 250_000 }, at: '2026-01-02T03:04:05.000Z', ...change } }] });

describe('the incidents that readiness finds in a folder', () => {
  let cwd: string;
  beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'countersign-incidents-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));
  const given = (name: string, content: string, file = 'incident.json'): void => {
    mkdirSync(join(cwd, 'incidents', name), { recursive: true });
    writeFileSync(join(cwd, 'incidents', name, file), content);
  };
  const found = (controls: ControlState = CONTROLS) => incidentFacts({ cwd }, 'incidents', DESK, controls);

  it('are decided under what is in force, and named by their folders where that is not what is expected', () => {
    given('0002-again', exported('allow'));
    given('0001-bulk-export', exported('deny'));
    expect(found()).toEqual({ folder: 'incidents', ran: 2, differing: ['0002-again'] });
  });

  it('are decided the same while everything is safe, as it is behind a disaster', () => {
    given('0001-bulk-export', exported('deny'));
    const safe: ModeSetting = { scope: 'all', value: '', mode: 'safe', reason: 'restored from the archive', epoch: 9, at: 0 as Instant, by: humanPrincipal('ada') };
    expect(found({ ...CONTROLS, stops: { ...NO_STOPS, modes: new Map([['all:', safe]]) } })).toEqual({ folder: 'incidents', ran: 1, differing: [] });
  });

  it('are those with a call of the workflow and of its tenant', () => {
    given('0001-bulk-export', exported('deny'));
    given('0002-elsewhere', exported('allow', { tenant: 'globex' }));
    given('0003-triage', exported('allow', { workflow: 'issue-triage' }));
    expect(found()).toEqual({ folder: 'incidents', ran: 1, differing: [] });
  });

  it('are none where nothing of the folder is one', () => {
    given('notes', 'what we learned', 'README.md');
    writeFileSync(join(cwd, 'incidents/incidents.spec.ts'), 'a spec');
    expect(found()).toEqual({ folder: 'incidents', ran: 0, differing: [] });
  });

  it('are not known where there is no folder', () => {
    expect(found()).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'],
    ['of another version', '{"v":2}'],
    ['without what is expected', exported('maybe')],
    ['with a call without a tool', exported('deny', { tool: undefined })],
  ])('are refused with the file that is %s, though others are well', (_, content) => {
    given('0001-bulk-export', exported('deny'));
    given('0002-broken', content);
    expect(found).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('0002-broken/incident.json`: the incident ') as string, hint: 'write it again with `countersign replay promote`' }));
  });
});
