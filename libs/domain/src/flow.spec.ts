import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { days, microUsd, type JsonObject } from '@countersign/kernel';
import { fold, type Core, type Written } from '@countersign/testing/given';
import { simulate } from '@countersign/testing/flow-simulation';
import { Payments, type CallFault } from '@countersign/testing/payments';
import { CONTRACT, controlsWith, GET_CHARGE, REFUND, taskSubmitted } from '@countersign/testing/refund-desk';
import type { ToolContract } from './config/tool-contract.js';
import type { DecisionState } from './decision/decision-state.js';

/**
 * The four cores in one partition, with nothing between them but the log. Whatever the order in which topics are read, wherever a
 * process dies, however often it is given what it has read before, and whatever the outside system loses: the end is that of a calm day.
 */
const LASTING = { ...CONTRACT, timeouts: { run: days(7) } };

const deskWith = (refund: ToolContract): ReturnType<typeof controlsWith> => controlsWith({ contracts: [LASTING], tools: [GET_CHARGE, refund] });

const task = (id: string, input: JsonObject, offset: number): Written => taskSubmitted({ task: id, input, contract: LASTING, offset });
const TASKS = [
  ['small', { charge: 'ch_1', amount_cents: 1_200 }],
  ['large', { charge: 'ch_2', amount_cents: 50_000 }],
  ['frozen', { charge: 'ch_frozen', amount_cents: 100 }],
  ['small', { charge: 'ch_1', amount_cents: 1_200 }],
  ['other', { charge: 'ch_3', amount_cents: 900 }],
] as const;
const inOrder = (order: readonly number[]): readonly Written[] => order.map((index, offset) => task(TASKS[index]?.[0] ?? '', TASKS[index]?.[1] ?? {}, offset));

/** The event by which a grant ends. */
const isEnding = (event: Event): event is Extract<Event, { readonly data: { readonly jti: string } }> => {
  if (event.type === 'countersign.action.succeeded') return !event.data.readBack;
  if (event.type === 'countersign.action.failed') return !event.data.retrying;
  if (event.type === 'countersign.action.unknown') return !event.data.resolving;
  return event.type === 'countersign.action.verified' || event.type === 'countersign.action.diverged' || event.type === 'countersign.grant.refused';
};

const closings = (log: ReadonlyMap<string, readonly Written[]>): readonly Event<'countersign.run.closed'>[] => (log.get('proposals') ?? []).flatMap(({ event }) => (event.type === 'countersign.run.closed' ? [event] : []));
const outcomes = (log: ReadonlyMap<string, readonly Written[]>): readonly object[] =>
  closings(log)
    .map(({ data: { task: id, outcome, reason, cost, sideEffects } }) => ({ id, outcome, reason, cost, sideEffects }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Enough to find each fault that was planted to try the test, in a second or two. */
const RUNS = 150;
/** They take a second or two, and longer where the machine is busy: that is no fault. */
const PATIENCE = { timeout: 60_000 };
const choices = fc.array(fc.nat(10_000), { maxLength: 600, size: 'max' });
const TRANSIENT: readonly CallFault[] = ['lost', 'silent', 'broken', 'not-sent', 'busy'];
/** The tool gives up on none of these: what is tested here is that we do not either. */
const PATIENT: ToolContract = { ...REFUND, attempts: 1_000, preview: { kind: 'dry-run', request: { method: 'POST', path: '/charges/{charge}/refunds/dry-run', query: {}, headers: {} }, changes: [{ field: 'refunded', after: { from: 'answer', pointer: '/after' } }] } };

const once: ToolContract = { ...REFUND, idempotency: { kind: 'none' } };

describe('the flow', PATIENCE, () => {
  const calm = simulate({ controls: deskWith(PATIENT), tasks: inOrder([0, 1, 2, 3, 4]), payments: new Payments(), faults: [], choices: [] });

  it('ends, on a calm day, as it should', () => {
    expect(outcomes(calm.log)).toMatchObject([
      { id: 'frozen', outcome: 'denied', sideEffects: [] },
      { id: 'large', outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'verified' }] },
      { id: 'other', outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'verified' }] },
      { id: 'small', outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'verified' }] },
    ]);
  });

  it('ends in the same way on any other day, with each effect once', () => {
    fc.assert(
      fc.property(choices, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (picked, order) => {
        const payments = new Payments();
        const { log, services } = simulate({ controls: deskWith(PATIENT), tasks: inOrder(order), payments, faults: TRANSIENT, choices: picked });
        expect(outcomes(log)).toEqual(outcomes(calm.log));
        expect([...payments.effects.values()]).toEqual([1, 1, 1]);
        // Whoever died in the middle of it: each question was answered once, and what was granted is what was shown.
        const answers = (log.get('executions') ?? []).flatMap(({ event }) => (event.type === 'countersign.action.previewed' ? [event.data.approval] : []));
        expect(answers).toHaveLength(new Set(answers).size);
        const asked = (log.get('decisions') ?? []).flatMap(({ event }) => (event.type === 'countersign.approval.required' ? [event.data.approval] : []));
        expect(answers.toSorted(byText)).toEqual([...new Set(asked)].toSorted(byText));
        for (const service of services) {
          expect(service.core.freeze(service.state)).toEqual(service.core.freeze(fold(service.core as Core<unknown>, service.own)));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves nothing open: every grant has one end and is settled once', () => {
    fc.assert(
      fc.property(choices, (picked) => {
        const { log, services } = simulate({ controls: deskWith(PATIENT), tasks: inOrder([0, 1, 2, 3, 4]), payments: new Payments(), faults: TRANSIENT, choices: picked });
        const jtis = (topic: string, type: Event['type']): readonly string[] => (log.get(topic) ?? []).flatMap(({ event }) => (event.type === type && 'jti' in event.data ? [event.data.jti] : []));
        expect(jtis('decisions', 'countersign.budget.settled').toSorted(byText)).toEqual(jtis('decisions', 'countersign.action.allowed').toSorted(byText));
        const endings = (log.get('executions') ?? []).flatMap(({ event }) => (isEnding(event) ? [event.data.jti] : []));
        expect(endings.toSorted(byText)).toEqual(jtis('decisions', 'countersign.action.allowed').toSorted(byText));
        const open = services.flatMap(({ core, state }) => Object.entries(core.freeze(state) as object).filter(([name]) => ['runs', 'asks', 'grants', 'open', 'deferred'].includes(name)));
        expect(open.map(([, list]) => list as unknown[]).flat()).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('keeps to what a month may cost, on any day: it grants as much as fits, and holds nothing when all is over', () => {
    const pressing = { ...LASTING, budgets: { ...LASTING.budgets, month: { usd: microUsd(2 * PATIENT.cost + PATIENT.cost / 2) } } };
    const controls = controlsWith({ contracts: [pressing], tools: [{ ...GET_CHARGE, cost: microUsd(0) }, PATIENT] });
    const tasks = Array.from({ length: 5 }, (_, offset) => taskSubmitted({ task: `task-${offset}`, input: { charge: `ch_${offset}`, amount_cents: 100 }, contract: pressing, offset }));
    fc.assert(
      fc.property(choices, (picked) => {
        const payments = new Payments();
        const { log, services } = simulate({ controls, tasks, payments, faults: TRANSIENT, choices: picked });
        expect([...payments.effects.values()]).toEqual([1, 1]);
        expect(closings(log).map(({ data }) => data.outcome).toSorted()).toEqual(['denied', 'denied', 'denied', 'succeeded', 'succeeded']);
        const policy = services.find(({ core }) => core.service === 'policy')?.state as DecisionState | undefined;
        expect([...(policy?.spending.values() ?? [])].flatMap(({ periods }) => [...periods.values()].map(({ used, reserved }) => [used.microUsd, reserved.microUsd]))).toEqual([
          [2 * PATIENT.cost, 0],
          [2 * PATIENT.cost, 0],
        ]);
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('of a tool that knows no keys has each effect at most once, and never hides one', () => {
    fc.assert(
      fc.property(choices, (picked) => {
        const payments = new Payments(false);
        const { log } = simulate({ controls: deskWith(once), tasks: inOrder([0, 4]), payments, faults: TRANSIENT, choices: picked });
        expect([...payments.effects.values()].filter((times) => times > 1)).toEqual([]);
        const told = closings(log).flatMap(({ data }) => data.sideEffects.map(({ state }) => state));
        expect(told.length).toBeGreaterThanOrEqual(payments.effects.size);
        expect(told.filter((state) => state === 'verified').length).toBeLessThanOrEqual(payments.effects.size);
      }),
      { numRuns: RUNS },
    );
  });

  it('has no effect a second time where every proposal is written again, and the votes of the first time with them', () => {
    const again = (picked: readonly number[], faults: readonly CallFault[]): readonly number[] => {
      const payments = new Payments(false);
      const { services } = simulate({ controls: deskWith(once), tasks: inOrder([0, 1, 2, 3, 4]), payments, faults, choices: picked, proposedAgain: true });
      for (const service of services.filter(({ core }) => core.service !== 'planner')) expect(service.core.freeze(service.state)).toEqual(service.core.freeze(fold(service.core as Core<unknown>, service.own)));
      return [...payments.effects.values()];
    };
    expect(again([], [])).toEqual([1, 1, 1]);
    fc.assert(
      fc.property(choices, (picked) => {
        expect(again(picked, TRANSIENT).filter((times) => times > 1)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
