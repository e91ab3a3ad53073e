import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { days, hours, minutes, parseTimestamp, type Instant, type Workflow } from '@countersign/kernel';
import { ACME, CONTRACT, pinned, UTC_PERIODS } from '@countersign/testing/refund-desk';
import { limitsIn, withAllotment } from './allotments.js';
import type { ControlState } from './control-state.js';
import { initialControls } from './initial-controls.js';

type Scope = 'day' | 'month';
type Shares = Readonly<Record<string, number>>;

const at = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);

/** A month has room for so many full days. */
const FULL_DAYS = 9;

/** What people put in force: shares of a cap of writes, by workflow. */
const allotting = (before: ControlState, cap: number | undefined, shares: Shares, when: Instant): ControlState => {
  const budgets = (writes: number) => ({ ...CONTRACT.budgets, day: { writes }, month: { writes: FULL_DAYS * writes } });
  const contracts = Object.entries(shares).map(([workflow, writes]) => pinned({ ...CONTRACT, id: workflow, workflow: workflow as Workflow, budgets: budgets(writes) }));
  const tenants = cap === undefined ? [] : [pinned({ id: 'acme', version: 1, tenant: ACME, directory: {}, budgets: { day: { writes: cap }, month: { writes: FULL_DAYS * cap } } })];
  return { ...before, active: { contracts, tenants } as unknown as NonNullable<ControlState['active']>, allotments: withAllotment(before.allotments, { contracts, tenants }, when) };
};

const shareOf = (controls: ControlState, workflow: string, scope: Scope, period: string): number => {
  const contract = controls.active?.contracts.find(({ document }) => document.workflow === workflow)?.document;
  return contract ? (limitsIn(controls, ACME, contract, scope, period).writes ?? Infinity) : 0;
};

const MORNING = at('2026-01-02T08:00:00.000Z');
const sharesIn = (controls: ControlState, period: string, scope: Scope = 'day'): Shares => Object.fromEntries(['a', 'b'].map((name) => [name, shareOf(controls, name, scope, period)]));

describe('the share of a cap', () => {
  const before = allotting(initialControls(), 10, { a: 7, b: 3 }, MORNING);
  const [today, tomorrow] = ['2026-01-03', '2026-01-04'];
  const early = at('2026-01-03T08:00:00.000Z');

  it('is what the contract says, from the first manifest on', () => {
    expect(sharesIn(before, '2026-01-02')).toEqual({ a: 7, b: 3 });
  });

  it('falls at once, and rises by what another had only when the next period begins', () => {
    const moved = allotting(before, 10, { a: 2, b: 8 }, early);
    expect([sharesIn(moved, today), sharesIn(moved, tomorrow), sharesIn(moved, '2026-01', 'month'), sharesIn(moved, '2026-02', 'month')]).toEqual([{ a: 2, b: 3 }, { a: 2, b: 8 }, { a: 18, b: 27 }, { a: 18, b: 72 }]);
  });

  it('rises at once by what nobody had, and back to what it was', () => {
    expect(sharesIn(allotting(before, 12, { a: 7, b: 5 }, early), today)).toEqual({ a: 7, b: 5 });
    expect(sharesIn(allotting(allotting(before, 10, { a: 0, b: 3 }, early), 10, { a: 7, b: 3 }, early), today)).toEqual({ a: 7, b: 3 });
  });

  it('is not doubled by a change in two steps, nor by another name', () => {
    expect(sharesIn(allotting(allotting(before, 10, { a: 0, b: 3 }, early), 10, { a: 0, b: 10 }, early), today)).toEqual({ a: 0, b: 3 });
    expect(sharesIn(allotting(before, 10, { b: 10 }, early), today)).toEqual({ a: 0, b: 3 });
  });

  it('counts from the day after the next where it is put in force when tomorrow has begun somewhere', () => {
    const moved = allotting(before, 10, { a: 2, b: 8 }, at('2026-01-03T21:00:00.000Z'));
    expect([sharesIn(moved, tomorrow), sharesIn(moved, '2026-01-05')]).toEqual([{ a: 2, b: 3 }, { a: 2, b: 8 }]);
  });

  it('of a cap that is new rises when the next period begins, for what was not limited may be used', () => {
    const capped = allotting(allotting(initialControls(), undefined, { a: 7, b: 3 }, MORNING), 10, { a: 2, b: 8 }, early);
    expect([sharesIn(capped, today), sharesIn(capped, tomorrow)]).toEqual([{ a: 2, b: 3 }, { a: 2, b: 8 }]);
  });

  it('is the whole limit of the contract where the tenant has no cap', () => {
    expect(sharesIn(allotting(allotting(initialControls(), undefined, { a: 7, b: 3 }, MORNING), undefined, { a: 2, b: 80 }, early), today)).toEqual({ a: 2, b: 80 });
  });
});

describe('what was in force', () => {
  it('is forgotten when no period of now began with it', () => {
    const controls = Array.from({ length: 100 }, (_, day) => day).reduce((state, day) => allotting(state, 10, { a: day % 10, b: 0 }, (MORNING + days(day)) as Instant), initialControls());
    expect(controls.allotments).toHaveLength(51);
  });
});

describe('a cap of a tenant, in any order of changes', () => {
  const CAPS = [6, 10, 10, 14];
  const NAMES = ['a', 'b', 'c'];
  const parts = fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8));
  const change = fc.record({ kind: fc.constant('change' as const), wait: fc.nat(8 * 60), cap: fc.constantFrom(...CAPS), parts, gone: fc.nat(8) });
  const spend = fc.record({ kind: fc.constant('spend' as const), wait: fc.nat(120), name: fc.constantFrom(...NAMES), writes: fc.integer({ min: 1, max: 5 }), ahead: fc.integer({ min: -29, max: 29 }), behind: fc.nat(29), zone: fc.constantFrom(-12, -5, 0, 14) });
  const moves = fc.array(fc.oneof({ weight: 2, arbitrary: change }, { weight: 5, arbitrary: spend }), { minLength: 20, maxLength: 150, size: 'max' });

  it('holds in each day and month, whatever zones, clocks and delays there are', { timeout: 60_000 }, () => {
    let raised = 0;
    fc.assert(
      fc.property(moves, (picked) => {
        let now = at('2026-01-24T08:00:00.000Z');
        const history: { readonly since: Instant; readonly cap: number; readonly controls: ControlState }[] = [];
        const used = new Map<string, Map<string, number>>();
        const newest = new Map<string, string>();
        for (const move of picked) {
          now = (now + minutes(move.wait)) as Instant;
          if (move.kind === 'change') {
            // A manifest whose contracts add up to more is void.
            const shares = Object.fromEntries(NAMES.filter((_, index) => index !== move.gone).map((name, index) => [name, move.parts[index] ?? 0]));
            if (Object.values(shares).reduce((sum, share) => sum + share, 0) > move.cap) continue;
            history.push({ since: now, cap: move.cap, controls: allotting(history.at(-1)?.controls ?? initialControls(), move.cap, shares, now) });
            continue;
          }
          const known = history.findLast(({ since }) => since <= now - minutes(move.behind));
          if (!known) continue;
          const local = UTC_PERIODS('UTC', (now + minutes(move.ahead) + hours(move.zone)) as Instant);
          const periods = (['day', 'month'] as const).map((scope) => {
            const before = newest.get(`${move.name} ${scope}`) ?? '';
            return { scope, period: local[scope] < before ? before : local[scope] };
          });
          const usedIn = (period: string): number => used.get(period)?.get(move.name) ?? 0;
          if (periods.some(({ scope, period }) => usedIn(period) + move.writes > shareOf(known.controls, move.name, scope, period))) continue;
          for (const { scope, period } of periods) {
            newest.set(`${move.name} ${scope}`, period);
            used.set(period, new Map([...(used.get(period) ?? []), [move.name, usedIn(period) + move.writes]]));
            const total = [...(used.get(period)?.values() ?? [])].reduce((sum, writes) => sum + writes, 0);
            const began = at(`${period.padEnd('2026-01-01'.length, '-01')}T00:00:00.000Z`) - hours(15);
            const first = history.findLastIndex(({ since }) => since < began);
            expect(total).toBeLessThanOrEqual(Math.max(...history.slice(Math.max(0, first)).map(({ cap }) => (scope === 'day' ? cap : FULL_DAYS * cap))));
            if (total > 6) raised += 1;
          }
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
    expect(raised).toBeGreaterThan(100);
  });
});
