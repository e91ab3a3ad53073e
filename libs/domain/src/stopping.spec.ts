import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { days } from '@countersign/kernel';
import { fold, type Core, type Written } from '@countersign/testing/given';
import { simulate } from '@countersign/testing/flow-simulation';
import { Payments, type CallFault } from '@countersign/testing/payments';
import { CONTRACT, controlsWith, GET_CHARGE, REFUND, stopping, taskSubmitted } from '@countersign/testing/refund-desk';
import type { ControlState } from './control/control-state.js';

/** The four cores with switches that are pulled at any moment between their steps, beside crashes, leaps of time and lost calls. */
const LASTING = { ...CONTRACT, timeouts: { run: days(7) } };
const DESK = controlsWith({ contracts: [LASTING], tools: [GET_CHARGE, { ...REFUND, attempts: 1_000 }] });
const TASKS: readonly Written[] = (
  [
    ['small', { charge: 'ch_1', amount_cents: 1_200 }],
    ['large', { charge: 'ch_2', amount_cents: 50_000 }],
    ['other', { charge: 'ch_3', amount_cents: 900 }],
  ] as const
).map(([task, input], offset) => taskSubmitted({ task, input, contract: LASTING, offset }));

const mode = (named: 'normal' | 'read-only' | 'safe', before: ControlState): ControlState => {
  const known = before.stops.modes.get('tenant:acme');
  return stopping(before, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: named, ...(known && { lifts: known.epoch }) });
};
const kill = (before: ControlState): ControlState => stopping(before, 'countersign.kill-switch.set', { scope: 'workflow', value: 'acme/refund-desk' });
const lift = (before: ControlState): ControlState => stopping(before, 'countersign.kill-switch.lifted', { scope: 'workflow', value: 'acme/refund-desk', lifts: before.stops.newestKill });
/** Each after the one before. */
const oneByOne = (...changes: readonly ((before: ControlState) => ControlState)[]): readonly ControlState[] => changes.reduce<readonly ControlState[]>((states, change) => [...states, change(states.at(-1) ?? DESK)], []);

type Log = ReadonlyMap<string, readonly Written[]>;
const closings = (log: Log): readonly Event<'countersign.run.closed'>[] => (log.get('proposals') ?? []).flatMap(({ event }) => (event.type === 'countersign.run.closed' ? [event] : []));
const outcomes = (log: Log): readonly object[] => closings(log).map(({ data: { task, outcome, sideEffects } }) => ({ task, outcome, sideEffects })).toSorted((a, b) => (a.task < b.task ? -1 : 1));

const choices = fc.array(fc.nat(10_000), { maxLength: 400, size: 'max' });
const TRANSIENT: readonly CallFault[] = ['lost', 'silent', 'broken', 'not-sent', 'busy'];
const RUNS = { numRuns: 150 };
const PATIENCE = { timeout: 60_000 };

const expectNothingOpen = (services: ReturnType<typeof simulate>['services']): void => {
  const open = services.flatMap(({ core, state }) => Object.entries(core.freeze(state) as object).filter(([name]) => ['runs', 'asks', 'grants', 'open', 'deferred'].includes(name)));
  expect(open.flatMap(([, list]) => list as unknown[])).toEqual([]);
  for (const service of services) expect(service.core.freeze(service.state)).toEqual(service.core.freeze(fold(service.core as Core<unknown>, service.own)));
};

describe('the flow', PATIENCE, () => {
  const calm = simulate({ controls: DESK, tasks: TASKS, payments: new Payments(), faults: [], choices: [] });

  it('that is paused, half resumed and paused again ends as on a calm day, with each effect once', () => {
    const later = oneByOne((state) => mode('safe', state), (state) => mode('read-only', state), (state) => mode('safe', state), (state) => mode('normal', state));
    expect(outcomes(simulate({ controls: DESK, later, tasks: TASKS, payments: new Payments(), faults: [], choices: [] }).log)).toEqual(outcomes(calm.log));
    fc.assert(
      fc.property(choices, (picked) => {
        const payments = new Payments();
        const { log, services } = simulate({ controls: DESK, later, tasks: TASKS, payments, faults: TRANSIENT, choices: picked });
        expect(outcomes(log)).toEqual(outcomes(calm.log));
        expect([...payments.effects.values()]).toEqual([1, 1, 1]);
        expectNothingOpen(services);
      }),
      RUNS,
    );
  });

  it('that is paused before it begins does nothing until it is resumed', () => {
    const payments = new Payments();
    const safe = mode('safe', DESK);
    const calls: number[] = [];
    simulate({ controls: safe, later: [mode('normal', safe)], onControls: () => calls.push(payments.calls), tasks: TASKS, payments, faults: [], choices: [] });
    expect(calls).toEqual([0]);
    expect(payments.effects.size).toBe(3);
  });

  it('that is killed has no call after that, and every run ends', () => {
    fc.assert(
      fc.property(choices, (picked) => {
        const payments = new Payments();
        let callsThen = -1;
        const { log, services } = simulate({ controls: DESK, later: oneByOne(kill), onControls: () => (callsThen = payments.calls), tasks: TASKS, payments, faults: TRANSIENT, choices: picked });
        expect(payments.calls).toBe(callsThen);
        expect(closings(log)).toHaveLength(TASKS.length);
        expect([...payments.effects.values()].filter((times) => times > 1)).toEqual([]);
        expectNothingOpen(services);
      }),
      RUNS,
    );
  });

  it('that is killed and at once let go has no call of a run whose task was admitted before', () => {
    let underWay = 0;
    fc.assert(
      fc.property(choices, (picked) => {
        const payments = new Payments();
        const callsThen: number[] = [];
        const { log, services } = simulate({ controls: DESK, later: oneByOne(kill, lift), onControls: () => callsThen.push(payments.calls), tasks: TASKS, payments, faults: TRANSIENT, choices: picked });
        expect(payments.calls).toBe(callsThen[0]);
        expect(closings(log)).toHaveLength(TASKS.length);
        expectNothingOpen(services);
        underWay += Number(payments.calls > 0);
      }),
      RUNS,
    );
    expect(underWay).toBeGreaterThan(0);
  });

  it('never hides what was done before a kill, lifted or not', () => {
    fc.assert(
      fc.property(choices, fc.boolean(), (picked, lifted) => {
        const payments = new Payments();
        const { log } = simulate({ controls: DESK, later: lifted ? oneByOne(kill, lift) : oneByOne(kill), tasks: TASKS, payments, faults: TRANSIENT, choices: picked });
        const told = closings(log).flatMap(({ data }) => data.sideEffects.map(({ state }) => state));
        expect(told.length).toBeGreaterThanOrEqual(payments.effects.size);
        expect(told.filter((state) => state === 'verified').length).toBeLessThanOrEqual(payments.effects.size);
        expect(closings(log).filter(({ data: { outcome } }) => !['succeeded', 'stopped', 'unknown', 'unverified'].includes(outcome))).toEqual([]);
      }),
      RUNS,
    );
  });
});
