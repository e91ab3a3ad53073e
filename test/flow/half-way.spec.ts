import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '@countersign/contracts';
import { readStackState } from '@countersign/stack';
import { eventually } from '../support/eventually.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

const CENTS = 700;
/** Killed members of a group are missed only after a while, and processes start anew. */
const RESTARTS_MS = 240_000;

interface RunShown {
  readonly run: { readonly outcome: string; readonly reason: string; readonly actions: readonly { readonly step: string; readonly status: string }[] };
}

/** Two refunds and a receipt. The payments service's own record is the judge of what was done. */
describe.skipIf(stackMissing !== undefined)(`a run that fails half-way${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let executions: TopicView;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    executions = await stack.view('executions');
  });
  afterEach(() => stack.payments.meet());

  interface Halves {
    readonly task: Task;
    readonly charges: readonly [string, string];
  }
  /** Without a charge for the receipt, that fails. */
  const halves = async (id: string, receipt: 'fails' | 'is sent' = 'fails'): Promise<Halves> => {
    const charges = [await stack.payments.charge(CENTS), await stack.payments.charge(CENTS)] as const;
    const named = { id: `half-way-${id}`, source: '/tests/half-way', workflow: 'half-way' };
    const data = { charge_id: charges[0], other_charge_id: charges[1], amount_cents: CENTS, reason: 'a test asks for it', receipt_charge_id: receipt === 'fails' ? 'ch_none' : charges[0], to: await stack.sealed(acme.runOf(named), 'ada@example.com') };
    return { task: { specversion: '1.0', ...named, type: 'half-way.refund', data }, charges };
  };
  const of = (task: Task) => ({ run }: SeenEvent): boolean => run === acme.runOf(task);
  const pidOf = (service: Service): number => readStackState(stack.dataDir)?.parts[service]?.pid ?? 0;
  const expectUndone = async (charges: readonly string[]): Promise<void> => {
    expect(await Promise.all(charges.map((charge) => stack.payments.reversalsOf(charge)))).toEqual([[1], [1]]);
    expect(await Promise.all(charges.map((charge) => stack.payments.refundedCents(charge)))).toEqual([0, 0]);
  };
  const COMPENSATED = {
    outcome: 'compensated',
    sideEffects: [
      { step: 'refund', state: 'verified', undoneBy: 'undo-refund' },
      { step: 'other-refund', state: 'verified', undoneBy: 'undo-other-refund' },
      { step: 'undo-other-refund', state: 'verified' },
      { step: 'undo-refund', state: 'verified' },
    ],
  };

  it('has undone what it did, the newest first, and says so with exit code 7', async () => {
    const { task, charges } = await halves('calm');
    const file = join(mkdtempSync(join(tmpdir(), 'countersign-half-way-')), 'task.json');
    writeFileSync(file, JSON.stringify(task));
    const told = await stack.json<{ readonly tasks: readonly object[] }>(['task', 'submit', file, '--tenant', 'acme', '--wait']);
    expect(told).toMatchObject({ exitCode: 7, tasks: [{ outcome: 'compensated', reason: expect.stringContaining('undone: `other-refund`, `refund`') }] });
    expect((await acme.finished(task)).data).toMatchObject(COMPENSATED);
    await expectUndone(charges);
    const attempts = await executions.events('countersign.attempt.started', of(task));
    expect(attempts.map(({ step }) => step)).toEqual(['refund', 'other-refund', 'receipt', 'undo-other-refund', 'undo-refund']);
  });

  it('has undone each once where processes die while they undo, and answers are lost', { timeout: RESTARTS_MS }, async () => {
    const { task, charges } = await halves('killed');
    await stack.payments.meet({ kind: 'error-after-commit', method: 'POST', path: '/refunds', every: 2 }, { kind: 'slow', ms: 800, method: 'POST', path: '/refunds' });
    await acme.send(task);
    await executions.until('countersign.attempt.started', (event) => of(task)(event) && event.step === 'undo-other-refund');
    const dying = (['executor', 'planner'] as const).map((service) => [service, pidOf(service)] as const);
    for (const [, pid] of dying) process.kill(pid, 'SIGKILL');
    await eventually('new processes', () => (dying.every(([service, pid]) => pidOf(service) !== pid) ? true : undefined));
    expect((await acme.finished(task)).data).toMatchObject(COMPENSATED);
    await expectUndone(charges);
  });

  it('leaves nothing undone where it succeeds, until a person orders it: once, and only in time', async () => {
    const { task, charges } = await halves('ordered', 'is sent');
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'succeeded' });
    const run = acme.runOf(task);
    await eventually('the run in the ledger', async () => ((await stack.json<Partial<RunShown>>(['runs', 'show', run])).run?.outcome === 'succeeded' ? true : undefined));
    expect(await stack.json(['undo', `${run}/other-refund`, '--reason', 'the wrong charge', '--yes'])).toMatchObject({ exitCode: 0, undoes: { run, step: 'other-refund' }, outcome: 'succeeded' });
    expect(await Promise.all(charges.map((charge) => stack.payments.reversalsOf(charge)))).toEqual([[0], [1]]);
    expect(await stack.json(['undo', `${run}/other-refund`, '--reason', 'again', '--yes'])).toMatchObject({ exitCode: 3, outcome: 'denied', reason: expect.stringContaining('undo.not-possible') });
    expect(await stack.json(['undo', `${run}/receipt`, '--reason', 'nothing undoes a receipt', '--yes'])).toMatchObject({ exitCode: 3, outcome: 'denied' });
    expect(await Promise.all(charges.map((charge) => stack.payments.refundedCents(charge)))).toEqual([CENTS, 0]);
  });
});
