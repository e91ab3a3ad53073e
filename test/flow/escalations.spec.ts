import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal } from '@countersign/identity';
import { eventually } from '../support/eventually.ts';
import { Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { inWorkspace } from '../support/workspace.ts';

const CENTS = 700;

interface Submitted {
  readonly exitCode: number;
  readonly tasks: readonly { readonly state: string; readonly escalation?: string; readonly outcome?: string }[];
}

/** People answer with the command line; the payments service's own record is the judge of what was done. */
describe.skipIf(stackMissing !== undefined)(`a run that asks people${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir } = useStack();
  let acme: Upstream;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-escalations-'));
    acme = await Upstream.open(stack);
  });
  afterEach(() => stack.payments.meet());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const as = (name: string) => ({ env: { COUNTERSIGN_PERSON: humanPrincipal(name), COUNTERSIGN_PERSON_KEY_FILE: join(peopleDir, `${name}.pem`) } });
  const taskOf = (id: string, data: object, workflow = 'asking-people'): Task => ({ specversion: '1.0', id: `escalations-${id}`, source: '/tests/escalations', type: `${workflow}.refund`, workflow, data: { amount_cents: CENTS, reason: 'a test asks for it', ...data } });
  /** Hands a task in that will ask, and gives the id of its question. */
  const asking = async (task: Task): Promise<string> => {
    const file = join(folder, `${task.id}.json`);
    writeFileSync(file, JSON.stringify(task));
    const { exitCode, tasks } = await stack.json<Submitted>(['task', 'submit', file, '--tenant', 'acme', '--wait']);
    expect({ exitCode, state: tasks[0]?.state }).toEqual({ exitCode: 4, state: 'asking' });
    return tasks[0]?.escalation ?? '';
  };

  it('that has lost an answer which nobody can look up waits; a person claims it, looks, and it goes on with what was done', async () => {
    const charge = await stack.payments.charge(CENTS);
    await stack.payments.meet({ kind: 'error-after-commit', method: 'POST', path: '/charges' });
    const task = taskOf('lost', { charge_id: charge });
    const id = await asking(task);
    await stack.payments.meet();
    const { escalations } = await stack.json<{ readonly escalations: readonly { readonly id: string }[] }>(['escalations', 'list', '--role', 'support']);
    expect(escalations.map((each) => each.id)).toContain(id);
    expect(await stack.json(['escalations', 'claim', id], as('ada'))).toMatchObject({ exitCode: 0, choice: 'claim' });
    const shown = await eventually('the claim in the ledger', async () => {
      const found = await stack.json<{ readonly escalation: { readonly claimed?: object } }>(['escalations', 'show', id]);
      return found.escalation.claimed ? found : undefined;
    });
    expect(shown).toMatchObject({ exitCode: 4, escalation: { status: 'open', reason: 'effect.unknown', role: 'support', escalateTo: ['finance'], claimed: { by: humanPrincipal('ada') }, question: { choices: ['done', 'not-done', 'stop'], step: 'refund', tool: 'desk.blind' } } });
    expect(await stack.json(['why', acme.runOf(task)])).toMatchObject({ why: { run: { status: 'waiting', asking: id }, waits: [{ for: 'people', escalation: id, roles: ['support'] }], expiresNext: { what: 'escalation', then: 'the run ends as unknown' } } });
    // A claim locks nobody out.
    expect(await stack.json(['escalations', 'answer', id, '--say', 'done', '--reason', 'it is in the books', '--yes'], as('grace'))).toMatchObject({ exitCode: 0, choice: 'done', outcome: 'succeeded' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'confirmed' }] });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: CENTS }]);
    expect(await stack.json(['escalations', 'answer', id, '--say', 'done', '--reason', 'again', '--yes'], as('ada'))).toMatchObject({ error: { code: 'ANSWER_INVALID', message: expect.stringContaining('answered already') } });
  });

  it('is done once more where a person says that it was not done, under a new decision and once', async () => {
    const charge = await stack.payments.charge(CENTS);
    await stack.payments.meet({ kind: 'error-before-commit', method: 'POST', path: '/charges' });
    const task = taskOf('not-done', { charge_id: charge });
    const id = await asking(task);
    await stack.payments.meet();
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
    expect(await stack.json(['escalations', 'answer', id, '--say', 'not-done', '--reason', 'the books have no such refund', '--yes'], as('ada'))).toMatchObject({ exitCode: 0, choice: 'not-done' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'not-verifiable' }] });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: CENTS }]);
    const { events } = await stack.json<{ readonly run: { readonly events: readonly { readonly event: { readonly type: string; readonly data: { readonly again?: object } } }[] } }>(['runs', 'show', acme.runOf(task), '--events']).then(({ run }) => run);
    expect(events.flatMap(({ event: { type, data } }) => (type === 'countersign.action.allowed' ? [data.again !== undefined] : []))).toEqual([false, true]);
  });

  it('of the refund desk that ships asks support what became of a refund that nobody can look up', async () => {
    const charge = await stack.payments.charge(CENTS);
    await stack.payments.meet({ kind: 'error-after-commit', method: 'POST', path: '/charges' }, { kind: 'error-before-commit', method: 'GET', path: '/refunds' });
    const task: Task = { specversion: '1.0', id: 'escalations-desk', source: '/tests/escalations', type: 'refund.requested', workflow: 'refund-desk', data: { ticket: 'T-1', charge_id: charge, amount_cents: CENTS, reason: 'a test asks for it' } };
    const id = await asking(task);
    await stack.payments.meet();
    expect(await stack.json(['escalations', 'show', id])).toMatchObject({ escalation: { reason: 'effect.unknown', role: 'support', escalateTo: ['finance'], question: { step: 'refund', tool: 'payments.refund', evidence: expect.anything() } } });
    expect(await stack.json(['escalations', 'answer', id, '--say', 'done', '--reason', 'it is in the books', '--yes'], as('ada'))).toMatchObject({ exitCode: 0, choice: 'done', outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: CENTS }]);
  });

  it('asks for a value that nobody gave, takes only what fits, and counts it as if the task had said it', async () => {
    const charge = await stack.payments.charge(CENTS);
    const task = taskOf('missing', {});
    const id = await asking(task);
    const give = (value: string) => stack.json(['escalations', 'answer', id, '--set', `charge_id=${value}`, '--reason', 'it stands in the order', '--yes'], as('ada'));
    expect(await give('no such thing')).toMatchObject({ error: { code: 'ANSWER_INVALID', message: expect.stringContaining('/charge_id') } });
    // The tool wants the charge from the task: the word of a person stands in for it, and no approver is asked.
    expect(await give(charge)).toMatchObject({ exitCode: 0, choice: 'answer', given: { 'task:/charge_id': charge } });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: CENTS }]);
  });

  it('shows the ticket to whoever is asked, and every line of the example on the page does what it says', async () => {
    const page = readFileSync(inWorkspace('docs/escalations.md'), 'utf8');
    const [, file = '', charge = '', reason = ''] = /task submit (\S+) --tenant acme --wait\n.*escalations show ID\n.*escalations answer ID --set charge_id=(\S+) --reason "(.+)"\n/.exec(page) ?? [];
    const task = JSON.parse(readFileSync(inWorkspace(file), 'utf8')) as Task;
    const { exitCode, tasks } = await stack.json<Submitted>(['task', 'submit', inWorkspace(file), '--tenant', 'acme', '--wait']);
    expect({ exitCode, state: tasks[0]?.state }).toEqual({ exitCode: 4, state: 'asking' });
    const id = tasks[0]?.escalation ?? '';
    const escalation = await eventually('the question in the ledger', async () => (await stack.json<{ readonly escalation?: { readonly run: string; readonly event: { readonly id: string }; readonly task: { readonly event: { readonly id: string } } } }>(['escalations', 'show', id])).escalation);
    expect(escalation).toMatchObject({ reason: 'data.missing', task: { id: task.id, source: task.source, type: task.type, input: task.data } });
    // What `look` shows has the events that are named.
    const { run } = await stack.json<{ readonly run: { readonly events: readonly { readonly event: { readonly id: string } }[] } }>(['runs', 'show', escalation.run, '--events']);
    expect(run.events.map(({ event }) => event.id)).toEqual(expect.arrayContaining([escalation.event.id, escalation.task.event.id]));
    expect(await stack.json(['escalations', 'answer', id, '--set', `charge_id=${charge}`, '--reason', reason, '--yes'], as('ada'))).toMatchObject({ exitCode: 0, choice: 'answer' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: task.data['amount_cents'] }]);
  });

  it('goes on with a yes where its playbook was not sure, and ends where somebody stops it', async () => {
    const charge = await stack.payments.charge(2 * CENTS);
    const [yes, no] = [taskOf('sure', { charge_id: charge, doubt: true }), taskOf('unsure', { charge_id: charge, doubt: true })];
    expect(await stack.json(['escalations', 'resume', await asking(yes), '--reason', 'it is', '--yes'], as('ada'))).toMatchObject({ exitCode: 0, choice: 'resume' });
    expect((await acme.finished(yes)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.json(['escalations', 'answer', await asking(no), '--say', 'stop', '--reason', 'it is not', '--yes'], as('ada'))).toMatchObject({ exitCode: 0, outcome: 'disapproved' });
    expect((await acme.finished(no)).data).toMatchObject({ outcome: 'disapproved', reason: expect.stringContaining('it is not') });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it('ends as it would have where nobody answers, and hears nobody who was not asked', async () => {
    const task = taskOf('alone', {}, 'asking-briefly');
    const id = await asking(task);
    expect(await stack.json(['escalations', 'answer', id, '--say', 'stop', '--reason', 'not mine', '--yes'], as('ada'))).toMatchObject({ error: { code: 'ANSWER_INVALID', message: expect.stringContaining('it is asked of `lead`') } });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'invalid', reason: expect.stringContaining('has said anything until') });
    const found = await eventually('the end in the ledger', async () => {
      const { escalation } = await stack.json<{ readonly escalation: { readonly status: string; readonly escalatedAt?: string } }>(['escalations', 'show', id]);
      return escalation.status === 'expired' ? escalation : undefined;
    });
    expect(found.escalatedAt).toBeUndefined();
  });
});
