import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Instant, Sha256 } from '@countersign/kernel';
import { readinessText } from '../readiness/readiness-text.js';
import type { Facts } from '../readiness/readiness.js';
import { rowsOf } from '../readiness/rows.js';
import { compareRuns } from '../runs/diff/compare-runs.js';
import { diffText } from '../runs/diff/diff-text.js';
import { factsOf } from '../runs/diff/facts-of-run.js';
import { listed, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { GOOD, signed } from '../spec-support/readiness.spec-support.js';
import { contractFile, toolFile } from '../spec-support/tool-files.spec-support.js';
import { TOLD_AT, ToldRun } from '../spec-support/told-run.spec-support.js';
import { incidentOf } from './build-incident.js';
import { incidentText } from './incident-text.js';
import { StepLog } from './step-log.js';

/** The screens of docs/incidents.md, made again of runs that are told event by event and of the example configuration. */

const page = readFileSync(join(resolve(import.meta.dirname, '../../../..'), 'docs/incidents.md'), 'utf8');
const examples = [...page.matchAll(/```text\n\$ (.*)\n([\s\S]*?)```/g)].map(([, command = '', screen = '']) => [command, screen.trimEnd()] as const);

const REFUND = toolFile('payments.refund');
const DESK = contractFile('refund-desk');
const view = viewOf(100);
const tools = { 'payments.refund': REFUND.hash };
const closed = { status: 'closed', waitingOn: undefined } as const;

/** Somebody says yes within two seconds, and what is there afterwards is another amount. */
const incident = (): string => {
  const run = new ToldRun({ tools, untrusted: true, contract: DESK.version }).refund({ charge_id: 'ch_1', amount_cents: 124_900, reason: 'it came back' }).asked().answered('grace', 'approve', 2).allowed().succeeded({ refund_id: 're_1' }, 're_1').diverged('re_1').observed('unverified').closed('unverified');
  const step = incidentOf(new StepLog(run.log, 'refund', REFUND, DESK, []), 'run-AbCdEfGh', (TOLD_AT + 60_000) as Instant);
  return incidentText(listed({ ...closed, outcome: 'unverified', task: 'HD-1' }), [step], [{ label: 'charge', text: 'charges.get on payments, which was sent charge_id', events: [] }], run.log, undefined, view);
};

const diff = (): string => {
  const one = new ToldRun({ tools }).refunded();
  const other = new ToldRun({ tools, task: 'HD-2', contract: 7, input: { ticket: 'HD-2', charge_id: 'ch_1', amount_cents: 124_900 } }).refund({ charge_id: 'ch_1', amount_cents: 124_900, reason: 'it came back' }).asked().answered('grace', 'deny', 240).observed('disapproved').closed('disapproved');
  return diffText(listed({ ...closed, outcome: 'succeeded', task: 'HD-1' }), listed({ ...closed, id: 'run-BbCdEfGhIjKlMnOpQrStUv', outcome: 'disapproved', task: 'HD-2' }), compareRuns(factsOf(one.log), factsOf(other.log)), false, view);
};

/** Some runs, no replays, two tools that nobody needed, and one signature. */
const readiness = (): string => {
  const used = new Map([...GOOD.used].filter(([tool]) => tool !== 'crm.customer.delete' && tool !== 'payments.refund.reverse'));
  const facts: Facts = { ...GOOD, runs: GOOD.runs.slice(0, 12), used, replays: { kind: 'not-run', why: 'no run was replayed' }, roles: ['security', 'finance'] };
  const { subject } = rowsOf(facts);
  const { rows } = rowsOf({ ...facts, signOffs: [signed('grace', 'finance', { subject: subject as Sha256 })] });
  // The hashes are those of files that change.
  return readinessText(facts, rows, subject, view).replaceAll(/\b[0-9a-f]{12}\b/g, '0123456789ab');
};

const SCREENS: Readonly<Record<string, () => string>> = {
  'countersign incident re_1': incident,
  'countersign runs diff run-AbCdEfGh run-BbCdEfGh': diff,
  'countersign readiness refund-desk --require security --require finance': readiness,
};

describe('docs/incidents.md', () => {
  it('has a screen of each command', () => {
    expect(examples.map(([command]) => command)).toEqual(Object.keys(SCREENS));
  });

  it.each(examples)('`%s` shows what stands there', (command, screen) => {
    expect(SCREENS[command]?.().replaceAll(/ +$/gm, '')).toBe(screen);
  });
});
