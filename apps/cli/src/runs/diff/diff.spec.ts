import { describe, expect, it } from 'vitest';
import { sha256, type StepId } from '@countersign/kernel';
import { listed, viewOf } from '../../spec-support/ledger-fixtures.spec-support.js';
import { ToldRun } from '../../spec-support/told-run.spec-support.js';
import { areDifferent, compareRuns } from './compare-runs.js';
import { diffText } from './diff-text.js';
import { factsOf } from './facts-of-run.js';

const first = (): ToldRun => new ToldRun().refunded();
const rowsOf = (one: ToldRun, other: ToldRun) => compareRuns(factsOf(one.log), factsOf(other.log));
const differing = (one: ToldRun, other: ToldRun) => rowsOf(one, other).flatMap(({ section, name, a, b, differs }) => (differs ? [`${section} | ${name} | ${a?.value ?? '-'} | ${b?.value ?? '-'}`] : []));

describe('runs diff', () => {
  it('calls two runs equal that differ in their ids and times alone', () => {
    const later = new ToldRun({ task: 'HD-2' }).pass(90).refunded('re_2');
    expect(differing(first(), later)).toEqual(['ids and times | task | HD-1 | HD-2', 'ids and times | refund outside | re_1 | re_2', 'ids and times | took | 900ms | 1m 31s']);
    expect(areDifferent(rowsOf(first(), later))).toBe(false);
  });

  it('names what was asked for, under which versions, how it was decided and answered, and what came of it', () => {
    const tools = { 'payments.refund': sha256('another contract') };
    const asked = new ToldRun({ contract: 7, tools, input: { ticket: 'HD-1', charge_id: 'ch_1', amount_cents: 124_900 } })
      .refund({ charge_id: 'ch_1', amount_cents: 124_900, reason: 'it came back' })
      .asked()
      .answered('grace', 'approve', 240)
      .allowed()
      .succeeded({ refund_id: 're_1', amount_cents: 124_900 }, 're_1')
      .diverged('re_1')
      .observed('unverified')
      .closed('unverified', [{ step: 'refund' as StepId, tool: 'payments.refund', outsideId: 're_1', state: 'unverified' }]);
    expect(differing(first(), asked)).toMatchInlineSnapshot(`
      [
        "task | input.amount_cents | 4900 | 124900",
        "versions | contract | refund-desk v6 (c015008f98cc) | refund-desk v7 (259f132bf8a0)",
        "versions | tool payments.refund | 3ca8bcd5f99b | 24006a277ce2",
        "step refund | args.amount_cents | 4900 | 124900",
        "step refund | decision | allowed by contract.refund-desk | asks 1 of finance, tier 2: refund_requires_approval: amount_usd is above 100.00, then allowed by contract.refund-desk",
        "step refund | execution | attempt 1, then succeeded, then verified | attempt 1, then succeeded, then diverged: /amount_cents differs from what was asked for",
        "step refund | result.amount_cents | 4900 | 124900",
        "step refund | end | succeeded | unverified",
        "step refund | votes | - | yes of grace",
        "step refund | approval | - | granted",
        "end | outcome | succeeded | unverified",
        "end | reason | every step is done | it ended as unverified",
        "end | stands outside | refund verified | refund unverified",
        "ids and times | took | 900ms | 4m 1s",
        "ids and times | refund took | 500ms | 4m 1s",
        "ids and times | refund people took | - | 4m",
      ]
    `);
    expect(areDifferent(rowsOf(first(), asked))).toBe(true);
  });

  it('tells a second decision of a step from the first', () => {
    const again = new ToldRun().refund().asked().answered('grace', 'approve', 2).allowed().allowed();
    expect(factsOf(again.log).find(({ name }) => name === 'decision')?.value).toBe('asks 1 of finance, tier 2: refund_requires_approval: amount_usd is above 100.00, then allowed by contract.refund-desk, then allowed by contract.refund-desk');
    expect(factsOf(again.log).find(({ name }) => name === 'policy set')?.value).toBe(sha256('policy set').slice(0, 12));
  });

  it('tells a task that was handed in twice like one that was handed in once', () => {
    const twice = first();
    expect(differing(first(), Object.assign(new ToldRun(), { log: [twice.log[0], ...twice.log] }))).toEqual([]);
  });

  it('names the event that says a thing', () => {
    const told = first();
    const row = rowsOf(told, new ToldRun()).find(({ name }) => name === 'decision');
    expect(row).toEqual({ section: 'step refund', name: 'decision', a: { value: 'allowed by contract.refund-desk', event: told.log.find(({ event }) => event.type === 'countersign.action.allowed')?.event.id }, differs: true });
  });

  it('shows the two side by side, whole at any width, and shows escapes of strangers as text', () => {
    const one = listed({ status: 'closed', outcome: 'succeeded' });
    const other = listed({ id: 'run-BbCdEfGhIjKlMnOpQrStUv', status: 'closed', outcome: 'denied', task: 'HD-2' });
    const denied = new ToldRun({ input: { ticket: 'HD-1', charge_id: 'ch_1', amount_cents: 4_900, note: '\u001b[2J' } }).refund().denied('no_refund', 'refunds are closed for the year, and nobody may make one before the books are').observed('denied').closed('denied');
    const rows = rowsOf(first(), denied);
    for (const width of [80, 120, undefined]) expect(Math.max(...diffText(one, other, rows, false, viewOf(width)).split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width ?? 100);
    expect(diffText(one, other, rows, false, viewOf(80))).toMatchInlineSnapshot(`
      "run-AbCdEfGh  succeeded  acme/refund-desk  HD-20452-refund-1
      run-BbCdEfGh  denied  acme/refund-desk  HD-2

                             run-AbCdEfGh                 run-BbCdEfGh

      task
        input.note           -                            "\\u001b[2J"

      step refund
        decision             allowed by                   denied by no_refund:
                             contract.refund-desk         refunds are closed for the
                                                          year, and nobody may make
                                                          one before the books are
        execution            attempt 1, then succeeded,   -
                             then verified
        result.amount_cents  4900                         -
        end                  succeeded                    denied

      end
        outcome              succeeded                    denied
        reason               every step is done           it ended as denied
        stands outside       refund verified              nothing

      ids and times, which make no difference
        refund outside       re_1                         -
        took                 900ms                        600ms
        refund took          500ms                        200ms"
    `);
    expect(diffText(one, other, rows, true, viewOf(120))).toContain('  agent                 agent refund-desk                         agent refund-desk');
  });
});
