import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { days, hours, idempotencyKeyOf, type StepId } from '@countersign/kernel';
import { simulate } from '@countersign/testing/flow-simulation';
import type { Written } from '@countersign/testing/given';
import { Payments, type CallFault } from '@countersign/testing/payments';
import { ACME, CONTRACT, controlsWith, GET_CHARGE, REFUND, RUN, taskSubmitted } from '@countersign/testing/refund-desk';

/**
 * The four cores with nothing between them but the log, and a tool that can be neither repeated nor looked at: only a person can say what became of
 * a call. The person looks into the books of the outside system, and what they say is all that the run goes on with.
 */
const { readBack: _readBack, ...UNSEEN } = REFUND;
const BLIND = { ...UNSEEN, id: 'payments.blind', idempotency: { kind: 'none' as const }, attempts: 3 };
const DESK = { ...CONTRACT, timeouts: { run: days(7) }, tools: { read: ['charges.get'], write: [BLIND.id] }, escalation: { role: 'finance', within: days(7), reasons: ['data.missing', 'retries.exhausted', 'effect.unknown', 'policy.denied', 'confidence.low'] as const } };
const refund = (id: string, charge: string, amount: number) => ({ id: id as StepId, tool: BLIND.id, args: { charge: { from: 'value', value: charge }, amount_cents: { from: 'value', value: amount } } }) as const;
const missing = { id: 'third' as StepId, tool: BLIND.id, args: { charge: { from: 'template', text: '{task:/other_charge}' }, amount_cents: { from: 'value', value: 7 } } } as const;
const controls = controlsWith({
  contracts: [DESK],
  tools: [GET_CHARGE, BLIND],
  // The second is a question to approvers too, each time that it is proposed.
  playbooks: [{ id: 'refund', version: 1, steps: [refund('first', 'ch_1', 700), { ...refund('second', 'ch_2', 50_000), ask: { question: 'is it the right charge?' } }, missing] }],
});
const task = taskSubmitted({ contract: DESK });
const FAULTS: readonly CallFault[] = ['lost', 'silent', 'broken', 'not-sent', 'busy'];

const of = <Type extends Event['type']>(log: ReadonlyMap<string, readonly Written[]>, topic: string, type: Type): readonly Event<Type>[] => (log.get(topic) ?? []).flatMap(({ event }) => (event.type === type ? [event as Event<Type>] : []));
const keyOf = (step: string): string => idempotencyKeyOf(ACME, RUN, step);

describe('a run that asks people', { timeout: 120_000 }, () => {
  it('has done each thing once when it has come to its end, on any day', () => {
    let [asked, again] = [0, 0];
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { maxLength: 600, size: 'max' }), (choices) => {
        const payments = new Payments(false);
        const answers = ({ data: { reason, step } }: Event<'countersign.run.input-requested'>) => {
          asked += 1;
          if (reason === 'data.missing') return { choice: 'answer' as const, given: { 'task:/other_charge': 'ch_3' } };
          if (reason !== 'effect.unknown') return { choice: 'resume' as const };
          return { choice: payments.effects.has(keyOf(step)) ? ('done' as const) : ('not-done' as const) };
        };
        const { log } = simulate({ controls, tasks: [task, task], payments, faults: FAULTS, choices, answers });
        expect([...payments.effects]).toEqual(['first', 'second', 'third'].map((step) => [keyOf(step), 1]));
        expect(of(log, 'proposals', 'countersign.run.closed').map(({ data }) => data.outcome)).toEqual(['succeeded']);
        // Every question was answered, once, and what was said a second time was refused.
        const [requested, answered, refused] = (['requested', 'answered'] as const).map((what) => of(log, 'proposals', `countersign.run.input-${what}`).map(({ data }) => data.escalation)).concat([of(log, 'proposals', 'countersign.run.answer-refused').map(({ data }) => data.escalation)]);
        expect(answered).toEqual(requested);
        expect(new Set(answered).size).toBe(answered?.length);
        expect(refused?.toSorted()).toEqual(answered?.toSorted());
        // Whatever is granted more than once rests on a person's answer each time but the first.
        const grants = Map.groupBy(of(log, 'decisions', 'countersign.action.allowed'), ({ step }) => step);
        for (const [, granted] of grants) again += granted.filter(({ data }) => data.again).length;
      }),
      { numRuns: 150 },
    );
    // Else it would say nothing.
    expect(Math.min(asked, again)).toBeGreaterThan(50);
  });

  it('is closed as it would have been where nobody says anything, and nothing was done twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { maxLength: 300, size: 'max' }), (choices) => {
        const payments = new Payments(false);
        const hasty = { ...DESK, escalation: { ...DESK.escalation, within: hours(2) } };
        const { log } = simulate({ controls: controlsWith({ contracts: [hasty], tools: [GET_CHARGE, BLIND], playbooks: [{ id: 'refund', version: 1, steps: [refund('first', 'ch_1', 700), missing] }] }), tasks: [taskSubmitted({ contract: hasty })], payments, faults: FAULTS, choices });
        expect([...payments.effects.values()].every((times) => times === 1)).toBe(true);
        const ended = of(log, 'proposals', 'countersign.run.input-requested').at(-1)?.data.otherwise;
        expect(of(log, 'proposals', 'countersign.run.closed').map(({ data }) => data.outcome)).toEqual([ended]);
        expect(of(log, 'proposals', 'countersign.run.input-reminded').length).toBeLessThanOrEqual(1);
        expect(of(log, 'proposals', 'countersign.run.input-expired')).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });
});
