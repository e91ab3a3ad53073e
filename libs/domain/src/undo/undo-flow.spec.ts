import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { days, type StepId } from '@countersign/kernel';
import { simulate } from '@countersign/testing/flow-simulation';
import type { Written } from '@countersign/testing/given';
import { Payments, type CallFault } from '@countersign/testing/payments';
import { CONTRACT, controlsWith, GET_CHARGE, REVERSE, REVERSIBLE, taskSubmitted } from '@countersign/testing/refund-desk';

/**
 * The four cores with nothing between them but the log: two refunds are made, the third is of a charge that policy lets nobody refund, and the
 * run undoes the two. Whatever dies meanwhile and whatever the outside system loses, each of the four is done once, in this order.
 */
const PATIENT = { ...REVERSIBLE, attempts: 1_000 };
const DESK = { ...CONTRACT, timeouts: { run: days(7) }, tools: { read: ['charges.get'], write: [PATIENT.id, REVERSE.id] } };
const refund = (id: string, charge: string, amount: number) => ({ id: id as StepId, tool: PATIENT.id, args: { charge: { from: 'value', value: charge }, amount_cents: { from: 'value', value: amount } } }) as const;
const controls = controlsWith({
  contracts: [DESK],
  tools: [GET_CHARGE, PATIENT, { ...REVERSE, attempts: 1_000 }],
  // The second is a question to people.
  playbooks: [{ id: 'refund', version: 1, onFailure: 'compensate', steps: [refund('first', 'ch_1', 700), refund('second', 'ch_2', 50_000), refund('third', 'ch_frozen', 1)] }],
});
const task = taskSubmitted({ contract: DESK });
const TRANSIENT: readonly CallFault[] = ['lost', 'silent', 'broken', 'not-sent', 'busy'];

const of = <Type extends Event['type']>(log: ReadonlyMap<string, readonly Written[]>, topic: string, type: Type): readonly Event<Type>[] => (log.get(topic) ?? []).flatMap(({ event }) => (event.type === type ? [event as Event<Type>] : []));
const ofGrants = (log: ReadonlyMap<string, readonly Written[]>): readonly string[] => [...new Set(of(log, 'decisions', 'countersign.action.allowed').map(({ data }) => data.action.step))];

describe('a run that fails half-way', { timeout: 60_000 }, () => {
  it('has undone what it did, once and newest first, on any day', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { maxLength: 600, size: 'max' }), (choices) => {
        const payments = new Payments();
        const { log, services } = simulate({ controls, tasks: [task, task], payments, faults: TRANSIENT, choices });
        expect([...payments.effects.values()]).toEqual([1, 1, 1, 1]);
        expect(ofGrants(log)).toEqual(['first', 'second', 'undo-second', 'undo-first']);
        expect(of(log, 'proposals', 'countersign.run.closed').map(({ data }) => data)).toMatchObject([
          {
            outcome: 'compensated',
            reason: 'frozen: the charge is frozen; undone: `second`, `first`',
            sideEffects: [{ step: 'first', undoneBy: 'undo-first' }, { step: 'second', undoneBy: 'undo-second' }, { step: 'undo-second' }, { step: 'undo-first' }],
          },
        ]);
        // What a person could have had undone was undone already.
        expect(services.flatMap(({ core, state }) => Object.entries(core.freeze(state) as object).filter(([name]) => name === 'undoable'))).toEqual([['undoable', []], ['undoable', []]]);
      }),
      { numRuns: 150 },
    );
  });
});
