import { describe, expect, it } from 'vitest';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, AGENT, controlsWith, REFUND_DESK, RUN, stopping } from '@countersign/testing/refund-desk';
import type { StopScope } from '@countersign/contracts';
import { killOver, modeOver, scopeCovers, standingStops, type StopTarget } from './stops.js';

const target: StopTarget = { tenant: ACME, workflow: REFUND_DESK, run: RUN, tool: 'payments.refund', agent: AGENT };
const CONTROLS = controlsWith();
const kill = (scope: StopScope, value: string, before = CONTROLS) => stopping(before, 'countersign.kill-switch.set', { scope, value });
const lift = (scope: StopScope, value: string, before: typeof CONTROLS, lifts = before.epoch) => stopping(before, 'countersign.kill-switch.lifted', { scope, value, lifts });
const mode = (named: 'normal' | 'read-only' | 'safe', before = CONTROLS, more: object = {}) => stopping(before, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: named, ...more });

describe('a kill switch', () => {
  it.each([
    ['all', ''],
    ['tenant', 'acme'],
    ['workflow', 'acme/refund-desk'],
    ['run', `acme/refund-desk/${RUN}`],
    ['agent', 'acme/refund-desk/refund-desk'],
    ['tool', 'payments.refund'],
  ] as const)('of scope %s covers what is in the scope', (scope, value) => {
    const { stops, epoch } = kill(scope, value);
    expect(killOver(stops, target)).toEqual({ scope, value, epoch, at: NOW, by: ADA, reason: 'an incident', stands: true });
    expect(standingStops(stops)).toHaveLength(1);
  });

  it.each([
    ['tenant', 'acm'],
    ['workflow', 'globex/refund-desk'],
    ['run', 'acme/refund-desk/run-BBBBBBBBBBBBBBBBBBBBBB'],
    ['agent', 'acme/refund-desk/other'],
    ['tool', 'payments.refund-all'],
  ] as const)('of scope %s covers nothing else', (scope, value) => {
    expect(killOver(kill(scope, value).stops, target)).toBeUndefined();
  });

  it('that was lifted still is over what is older than it, and over nothing else', () => {
    const { stops, epoch } = lift('tenant', 'acme', kill('tenant', 'acme'));
    expect(killOver(stops, target)).toBeUndefined();
    expect(killOver(stops, target, epoch - 2)).toMatchObject({ epoch: epoch - 1, stands: false });
    expect(killOver(stops, target, epoch - 1)).toBeUndefined();
    expect(standingStops(stops)).toEqual([]);
  });

  it('is lifted by what was signed for it: a lift of an earlier one, written once more, lifts nothing', () => {
    const first = kill('all', '');
    const second = kill('all', '', lift('all', '', first));
    expect(killOver(lift('all', '', second, first.epoch).stops, target)).toMatchObject({ epoch: second.epoch, stands: true });
    expect(lift('all', '', second, first.epoch).faults.at(-1)?.message).toBe(`it lifts control ${first.epoch} of all, and control ${second.epoch} stands`);
  });

  it('is void where its value is none of the scope, and nothing is lifted that is not set', () => {
    for (const { stops, faults } of [kill('all', 'acme'), kill('workflow', 'acme'), kill('tenant', ''), lift('all', '', CONTROLS)]) {
      expect(stops).toEqual(CONTROLS.stops);
      expect(faults).toHaveLength(1);
    }
  });
});

describe('a mode', () => {
  it('holds everything in `safe`, writes in `read-only`, and nothing in `normal`', () => {
    const held = (state: typeof CONTROLS) => (['read', 'write'] as const).map((effect) => modeOver(state.stops, target, effect)?.mode);
    expect(held(mode('safe'))).toEqual(['safe', 'safe']);
    expect(held(mode('read-only'))).toEqual([undefined, 'read-only']);
    expect(held(mode('normal', mode('safe'), { lifts: CONTROLS.epoch + 1 }))).toEqual([undefined, undefined]);
  });

  it('of several is the strictest', () => {
    const both = stopping(mode('safe'), 'countersign.mode.changed', { scope: 'all', value: '', mode: 'read-only' });
    expect(modeOver(both.stops, target, 'write')).toMatchObject({ scope: 'tenant', mode: 'safe' });
    expect(modeOver(stopping(both, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: 'normal', lifts: CONTROLS.epoch + 1 }).stops, target, 'write')).toMatchObject({ scope: 'all', mode: 'read-only' });
  });

  it('is loosened only by a control that names the one it loosens, and so by the quorum', () => {
    const safe = mode('safe');
    for (const named of ['normal', 'read-only'] as const) {
      expect(mode(named, safe).stops.modes.get('tenant:acme')?.mode).toBe('safe');
      expect(mode(named, safe, { lifts: safe.epoch - 1 }).stops.modes.get('tenant:acme')?.mode).toBe('safe');
      expect(mode(named, safe, { lifts: safe.epoch }).stops.modes.get('tenant:acme')?.mode).toBe(named);
    }
    expect(mode('safe', mode('read-only')).stops.modes.get('tenant:acme')?.mode).toBe('safe');
  });

  it('that names none that it lifts is void unless it is stricter, and the pace that a quorum has set stays', () => {
    const safe = mode('safe');
    const drained = mode('normal', safe, { lifts: safe.epoch, everyMs: 400, maxAgeMs: 3_600_000 });
    for (const [named, before] of [['normal', drained], ['normal', CONTROLS], ['safe', safe]] as const) {
      const after = mode(named, before);
      expect(after.stops).toEqual(before.stops);
      expect(after.faults.at(-1)?.message).toContain('is no stricter');
    }
    expect(mode('read-only', drained, { everyMs: 1 }).stops.modes.get('tenant:acme')).toMatchObject({ mode: 'read-only', everyMs: 400, maxAgeMs: 3_600_000 });
  });
});

it('a scope covers itself and what its names hold, and tools belong to nobody', () => {
  const tenant = { scope: 'tenant', value: 'acme' } as const;
  expect(scopeCovers({ scope: 'all', value: '' }, { scope: 'tool', value: 'payments.refund' })).toBe(true);
  expect(scopeCovers(tenant, { scope: 'workflow', value: 'acme/refund-desk' })).toBe(true);
  expect(scopeCovers(tenant, { scope: 'run', value: `acme/refund-desk/${RUN}` })).toBe(true);
  expect(scopeCovers(tenant, { scope: 'workflow', value: 'acme2/refund-desk' })).toBe(false);
  expect(scopeCovers(tenant, { scope: 'tool', value: 'acme' })).toBe(false);
  expect(scopeCovers(tenant, { scope: 'all', value: '' })).toBe(false);
  expect(scopeCovers({ scope: 'workflow', value: 'acme/refund-desk' }, { scope: 'agent', value: 'acme/refund-desk/a' })).toBe(true);
  expect(scopeCovers({ scope: 'workflow', value: 'acme/refund-desk' }, tenant)).toBe(false);
});
