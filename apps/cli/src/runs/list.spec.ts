import { describe, expect, it } from 'vitest';
import { listed, NOW, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { filterOf, noneLike, runsTable } from './list.js';

const denied = { waitingOn: undefined, status: 'closed', outcome: 'denied', reason: 'no_bulk_export: rows is above 1000', closedAt: '2026-01-02T03:00:04.200Z' } as const;

describe('runs list', () => {
  it('asks for what was typed: ages as times, dollars as micro-USD', () => {
    expect(filterOf({ tenant: 'acme', rule: 'no_delete', since: '7d', until: '2026-01-02T03:00:00Z', minCost: '0.02', maxCost: '1', limit: '20' }, NOW)).toEqual({ tenant: 'acme', rule: 'no_delete', since: '2025-12-26T03:04:05.000Z', until: '2026-01-02T03:00:00.000Z', minCost: '20000', maxCost: '1000000' });
    for (const wrong of [{ since: 'yesterday' }, { until: '7' }, { minCost: '-1' }, { maxCost: '0.0000001' }]) expect(() => filterOf({ ...wrong, limit: '20' }, NOW)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('takes a workflow alone or with its tenant, and says what is neither', () => {
    expect(filterOf({ workflow: 'refund-desk', limit: '20' }, NOW)).toEqual({ workflow: 'refund-desk' });
    expect(filterOf({ workflow: 'acme/refund-desk', limit: '20' }, NOW)).toEqual({ tenant: 'acme', workflow: 'refund-desk' });
    expect(filterOf({ tenant: 'acme', workflow: 'acme/refund-desk', limit: '20' }, NOW)).toEqual({ tenant: 'acme', workflow: 'refund-desk' });
    for (const wrong of ['Refund Desk', 'a/b/c', '/refund-desk', 'acme/']) expect(() => filterOf({ workflow: wrong, limit: '20' }, NOW)).toThrow(expect.objectContaining({ code: 'USAGE', message: `\`${wrong}\` is no workflow` }));
    expect(() => filterOf({ tenant: 'globex', workflow: 'acme/refund-desk', limit: '20' }, NOW)).toThrow('`--workflow acme/refund-desk` is not of `--tenant globex`');
  });

  it('shows what became of each run, and what an open one waits for', () => {
    const runs = [
      listed(),
      listed({ id: 'run-BbCdEfGhIjKlMnOpQrStUv', task: 'HD-20417-refund-1', waitingOn: undefined, status: 'closed', outcome: 'succeeded', reason: 'every step is done', closedAt: '2026-01-02T03:00:05.250Z' }),
      listed({ id: 'run-CbCdEfGhIjKlMnOpQrStUv', task: 'HD-20460-export-1', ...denied }),
      listed({ id: 'run-DbCdEfGhIjKlMnOpQrStUv', task: 'HD-20461', status: 'submitted', openedAt: undefined, waitingOn: undefined }),
    ];
    expect(runsTable(runs, viewOf())).toMatchInlineSnapshot(`
      "RUN           STATE      AGE  WORKFLOW     TASK               NOTE
      run-AbCdEfGh  waiting    4m   refund-desk  HD-20452-refund-1  approval DdEeFfGg
      run-BbCdEfGh  succeeded  4m   refund-desk  HD-20417-refund-1
      run-CbCdEfGh  denied     4m   refund-desk  HD-20460-export-1  no_bulk_export: rows is above 1000
      run-DbCdEfGh  submitted  4m   refund-desk  HD-20461"
    `);
  });

  it('says what there is where no run is as it was asked for, and how the first is made where there is none', () => {
    const others = [listed(), listed({ ...denied, workflow: 'issue-triage' }), listed({ ...denied, tenant: 'globex' })];
    expect(noneLike(others, viewOf())).toBe('no runs like that; of the newest 3 the workflows are acme/issue-triage, acme/refund-desk, globex/refund-desk, the states (`--state`) closed, waiting, the outcomes (`--outcome`) denied: `countersign runs list`');
    expect(noneLike([], viewOf())).toBe('no runs; `countersign task submit FILE --wait` makes one');
  });

  it('names the tenants where there are several, and fits the terminal', () => {
    const text = runsTable([listed(), listed({ tenant: 'globex' })], viewOf(80));
    expect(text).toMatchInlineSnapshot(`
      "RUN           STATE    AGE  WORKFLOW          TASK              NOTE
      run-AbCdEfGh  waiting  4m   acme/refund-desk  HD-20452-refund…  approval DdEeFf…
      run-AbCdEfGh  waiting  4m   globex/refund-d…  HD-20452-refund…  approval DdEeFf…"
    `);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('is not pushed apart by the id of one task, and shows the usual ones whole in a pipe', () => {
    const hostile = listed({ task: '\u0007'.repeat(200) });
    expect(runsTable([listed(), hostile], viewOf(120))).toMatchInlineSnapshot(`
      "RUN           STATE    AGE  WORKFLOW     TASK                              NOTE
      run-AbCdEfGh  waiting  4m   refund-desk  HD-20452-refund-1                 approval DdEeFfGg
      run-AbCdEfGh  waiting  4m   refund-desk  \\u0007\\u0007\\u0007\\u0007\\u0007\\…  approval DdEeFfGg"
    `);
    const longest = 'x'.repeat(200);
    const piped = runsTable([listed({ task: longest }), hostile], viewOf());
    expect(piped).toContain(longest);
    expect(Math.max(...piped.split('\n').map(({ length }) => length))).toBeLessThan(300);
  });
});
