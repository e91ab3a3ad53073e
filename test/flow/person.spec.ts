import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADERS } from '@countersign/contracts';
import { bytesOfTask, humanPrincipal, keyIdOf, loadKeyFile, rawPublicKeyOf, signAsPerson, type TaskToSign } from '@countersign/identity';
import { runIdOf, timestamp, type Instant, type Tenant, type Workflow } from '@countersign/kernel';
import { eventually } from '../support/eventually.ts';
import { castBallot } from '../support/forge.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { Upstream } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

const SOURCE = '/tests/person';

interface Submitted {
  readonly tasks: readonly { readonly state: string; readonly run: string; readonly outcome?: string; readonly approval?: string }[];
}
interface Budgets {
  readonly budgets: readonly { readonly rows: readonly { readonly used: number; readonly reserved: number; readonly amount: string }[] }[];
}

/** One call is within the budget, the refund goes over it: `ask_user_to_confirm`. */
describe.skipIf(stackMissing !== undefined)(`a run that acts for a person${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir } = useStack();
  let acme: Upstream;
  let approvals: TopicView;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-person-'));
    acme = await Upstream.open(stack);
    approvals = await stack.view('approvals');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const keyFileOf = (name: string): string => join(peopleDir, `${name}.pem`);
  const as = (name: string) => ({ env: { COUNTERSIGN_PERSON: humanPrincipal(name), COUNTERSIGN_PERSON_KEY_FILE: keyFileOf(name) } });
  const signedBy = (name: string, bytes: Uint8Array): string => {
    const key = loadKeyFile(keyFileOf(name));
    return signAsPerson(bytes, key, keyIdOf(rawPublicKeyOf(key)));
  };
  const runOf = (id: string, workflow: string) => runIdOf('acme', workflow, SOURCE, id, humanPrincipal('ada'));
  /** Ada hands a task in as herself. */
  const submit = (id: string, charge: string, workflow = 'own-refund') => {
    const file = join(folder, `${id}.json`);
    writeFileSync(file, JSON.stringify({ specversion: '1.0', id, source: SOURCE, type: `${workflow}.refund`, data: { charge_id: charge, amount_cents: 100, reason: 'she asks for it' } }));
    return stack.json<Submitted>(['task', 'submit', file, '--tenant', 'acme', '--as-me', '--wait'], as('ada'));
  };
  const finished = (run: string): Promise<SeenEvent> => acme.outcomes.until('countersign.task.finished', (event) => event.run === run);

  it('asks that person when the budget is used up, and nobody else: a yes does it once', async () => {
    const charge = await stack.payments.charge(700);
    const run = runOf('person-yes', 'own-refund');
    expect(await submit('person-yes', charge)).toMatchObject({ exitCode: 4, tasks: [{ state: 'pending', run }] });
    const { data, step = '' } = await approvals.until('countersign.approval.requested', (event) => event.run === run);
    expect(data).toMatchObject({ confirmation: true, sub: humanPrincipal('ada'), tier: 1, quorum: 1, roles: [] });
    const approval = String(data['approval']);

    const { approvals: open } = await stack.json<{ readonly approvals: readonly { readonly id: string; readonly confirmation?: boolean }[] }>(['approvals', 'list']);
    expect(open.find(({ id }) => id === approval)).toMatchObject({ confirmation: true });
    expect((await stack.cli(['approvals', 'show', approval], as('ada'))).stdout).toContain('a confirmation: only you can answer');
    expect(await stack.json(['why', run])).toMatchObject({ why: { waits: [{ for: 'people', confirmation: true, people: [humanPrincipal('ada')] }] } });

    // Grace has every role there is.
    expect(await stack.json(['approvals', 'approve', approval, '--yes'], as('grace'))).toMatchObject({ exitCode: 1, error: { code: 'VOTE_INVALID', message: expect.stringContaining('whom the run acts for, can confirm it') } });
    const place = await castBallot(stack, { tenant: 'acme', workflow: 'own-refund', run, step, approval, actionHash: String(data['actionHash']), voter: humanPrincipal('grace') }, loadKeyFile(keyFileOf('grace')));
    const told = await approvals.until('countersign.approval.ballot-refused', ({ causes }) => causes.includes(`@ballots/${place.partition}/${place.offset}#`));
    expect(told.data).toMatchObject({ by: humanPrincipal('grace'), code: 'voter.not-asked' });
    expect(await stack.payments.refundsOf(charge)).toEqual([]);

    expect(await stack.json(['approvals', 'approve', approval, '--yes', '--reason', 'go on'], as('ada'))).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect((await finished(run)).data).toMatchObject({ outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'verified' }] });
    expect(await submit('person-yes', charge)).toMatchObject({ exitCode: 0, tasks: [{ run, outcome: 'succeeded' }] });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 100 }]);
  });

  it('ends when that person says nothing, with nothing reserved and nothing done', async () => {
    const charge = await stack.payments.charge(700);
    const run = runOf('person-late', 'own-brief-refund');
    expect(await submit('person-late', charge, 'own-brief-refund')).toMatchObject({ exitCode: 4, tasks: [{ state: 'pending', run }] });
    const reserved = async (): Promise<readonly object[]> => {
      const { budgets } = await stack.json<Budgets>(['budgets', '--workflow', 'own-brief-refund']);
      return (budgets[0]?.rows ?? []).filter((row) => row.amount === 'toolCalls').map((row) => ({ used: row.used, reserved: row.reserved }));
    };
    // It is asked, and holds nothing meanwhile.
    expect(new Set((await reserved()).map((row) => JSON.stringify(row)))).toEqual(new Set(['{"used":1,"reserved":0}']));
    expect((await finished(run)).data).toMatchObject({ outcome: 'expired', reason: expect.stringContaining('nobody answered') });
    expect(await approvals.events('countersign.approval.expired', (event) => event.run === run)).toHaveLength(1);
    expect(new Set((await reserved()).map((row) => JSON.stringify(row)))).toEqual(new Set(['{"used":1,"reserved":0}']));
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
  });

  it('is no run of whoever can write to an inbox: a signature that does not hold there is refused, and is not taken for the upstream’s', async () => {
    const globex = await Upstream.open(stack, 'globex');
    const charge = await stack.payments.charge(700);
    const given: TaskToSign = { tenant: 'acme' as Tenant, workflow: 'own-refund' as Workflow, task: { task: 'person-forged', source: SOURCE, upstreamType: 'own-refund.refund', upstreamTime: timestamp(Date.now() as Instant), input: { charge_id: charge, amount_cents: 100, reason: 'somebody asks for it' }, extensions: {} } };
    const bytes = bytesOfTask(given);
    const moved = bytesOfTask({ ...given, tenant: 'globex' as Tenant });
    const send = async (to: Upstream, value: Buffer, jws: string): Promise<unknown> => (await to.refusal(await to.send(value, { headers: { [HEADERS.personSignature]: jws } }))).data;
    expect(await send(globex, bytes, signedBy('ada', bytes))).toMatchObject({ code: 'signature.invalid', task: 'person-forged', faults: [{ pointer: '/tenant' }] });
    expect(await send(globex, moved, signedBy('ada', bytes))).toMatchObject({ code: 'signature.invalid' });
    expect(await send(acme, bytes, signedBy('ada', moved))).toMatchObject({ code: 'signature.invalid' });
    expect(await send(acme, bytes, `${signedBy('ada', bytes)} ${signedBy('grace', bytes)}`)).toMatchObject({ code: 'signature.invalid' });
    const stranger = loadKeyFile(join(stack.dataDir, 'keys/gateway.pem'));
    expect(await send(acme, bytes, signAsPerson(bytes, stranger, keyIdOf(rawPublicKeyOf(stranger))))).toMatchObject({ code: 'signer.unknown' });
    const tasks = await stack.view('tasks', { from: 'start' });
    expect(await tasks.events('countersign.task.submitted', ({ data }) => data['task'] === 'person-forged')).toEqual([]);
    // What she has signed is hers, whoever relays it, and whoever was there first with something else under its id.
    await acme.send(bytesOfTask({ ...given, task: { ...given.task, input: { ...given.task.input, amount_cents: 600 } } }));
    await eventually('the other task', async () => (await tasks.events('countersign.task.submitted', ({ run }) => run === runIdOf('acme', 'own-refund', SOURCE, 'person-forged')))[0]);
    await acme.send(bytes, { headers: { [HEADERS.personSignature]: signedBy('ada', bytes) } });
    const submitted = await eventually('her task', async () => (await tasks.events('countersign.task.submitted', ({ run }) => run === runOf('person-forged', 'own-refund')))[0]);
    expect(submitted.data).toMatchObject({ subject: humanPrincipal('ada'), input: { amount_cents: 100 } });
    expect(await approvals.until('countersign.approval.requested', ({ run }) => run === submitted.run)).toMatchObject({ data: { sub: humanPrincipal('ada') } });
  });
});
