import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal, loadKeyFile } from '@countersign/identity';
import { sha256 } from '@countersign/kernel';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import { castBallot, type BallotToCast } from '../support/forge.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';

describe.skipIf(stackMissing !== undefined)(`an approval${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir, dataDir } = useStack();
  let acme: Upstream;
  let approvals: TopicView;
  let letters: TopicView;
  let alarms: TopicView;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-approvals-'));
    acme = await Upstream.open(stack);
    approvals = await stack.view('approvals');
    letters = await stack.deadLetters('approvals');
    alarms = await stack.view('ledger');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const person = (name: string) => ({ subject: humanPrincipal(name), key: loadKeyFile(join(peopleDir, `${name}.pem`)) });
  const as = (name: string) => ({ env: { COUNTERSIGN_PERSON: humanPrincipal(name), COUNTERSIGN_PERSON_KEY_FILE: join(peopleDir, `${name}.pem`) } });
  const submit = (task: Task) => {
    const file = join(folder, `${task.id}.json`);
    writeFileSync(file, JSON.stringify(task));
    return stack.json<{ readonly tasks: readonly { readonly state: string; readonly outcome?: string; readonly approval?: string }[] }>(['task', 'submit', file, '--tenant', 'acme', '--wait']);
  };
  const requested = (task: Task): Promise<SeenEvent> => approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(task));
  /** Sends a task that has to be asked for, and gives what a ballot on it has to say. */
  const ask = async (task: Task): Promise<Omit<BallotToCast, 'voter'>> => {
    await acme.send(task);
    const { data, workflow = '', run = '', step = '' } = await requested(task);
    return { tenant: 'acme', workflow, run, step, approval: String(data['approval']), actionHash: String(data['actionHash']) };
  };
  /** What the approvals service says of a ballot that does not count, to whoever signed it. */
  const told = async ({ partition, offset }: { readonly partition: number; readonly offset: number }) =>
    (await approvals.until('countersign.approval.ballot-refused', ({ causes }) => causes.includes(`@ballots/${partition}/${offset}#`))).data;
  /** Code and message of the dead letter of a ballot. */
  const refusal = async ({ partition, offset }: { readonly partition: number; readonly offset: number }) => {
    const { record } = await letters.untilRecord(`the dead letter of ballot ${partition}/${offset}`, ({ record: { headers } }) => {
      const place = ['cs-topic', 'cs-partition', 'cs-offset'].map((name) => String(headers[name]));
      return place.join('/') === `ballots/${partition}/${offset}`;
    });
    return { code: String(record.headers['cs-code']), message: String(record.headers['cs-message']) };
  };

  it('is granted on the command line, and the action is done once', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'approvals-yes', how: 'ask', charge });
    const { exitCode, tasks } = await submit(task);
    expect({ exitCode, state: tasks[0]?.state }).toEqual({ exitCode: 4, state: 'pending' });
    const id = String(tasks[0]?.approval);
    const { approvals: open } = await stack.json<{ readonly approvals: readonly { readonly id: string }[] }>(['approvals', 'list']);
    expect(open.map((each) => each.id)).toContain(id);
    expect(await stack.json(['approvals', 'show', '--', id])).toMatchObject({ approval: { action: { tool: 'desk.ask', args: { charge_id: charge, amount_cents: 100 } }, status: 'pending' } });
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
    expect(await stack.json(['approvals', 'approve', '--yes', '--reason', 'checked', '--', id])).toMatchObject({ exitCode: 0, counted: true, decided: 'granted' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded', sideEffects: [{ step: 'ask', state: 'verified' }] });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 100 }]);
    expect(await submit(task)).toMatchObject({ exitCode: 0, tasks: [{ outcome: 'succeeded' }] });
  });

  it('is denied on the command line: exit code 5, the reason is told, and nothing is done', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'approvals-no', how: 'ask', charge });
    const { tasks } = await submit(task);
    expect(await stack.json(['approvals', 'deny', '--yes', '--reason', 'not ours', '--', String(tasks[0]?.approval)])).toMatchObject({ counted: true, decided: 'rejected' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'disapproved', reason: expect.stringContaining('not ours') });
    expect(await submit(task)).toMatchObject({ exitCode: 5, tasks: [{ outcome: 'disapproved' }] });
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
  });

  it('expires by itself: exit code 5, not a denial, and a later vote does not count', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'approvals-late', how: 'brief', charge });
    const ballot = await ask(task);
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'expired', reason: expect.stringContaining('nobody answered') });
    const [expired] = await approvals.events('countersign.approval.expired', ({ run }) => run === ballot.run);
    expect(Date.parse(String(expired?.time))).toBeGreaterThanOrEqual(Date.parse(String(expired?.data['deadline'])));
    expect(await submit(task)).toMatchObject({ exitCode: 5, tasks: [{ outcome: 'expired' }] });
    const ada = person('ada');
    expect(await told(await castBallot(stack, { ...ballot, voter: ada.subject }, ada.key))).toMatchObject({ by: ada.subject, code: 'approval.not-open' });
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
  });

  it('goes on after votes that do not count: a forged one is a dead letter, and of another one it is told why', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'approvals-forged', how: 'ask', charge });
    const ballot = await ask(task);
    const [ada, grace] = [person('ada'), person('grace')];
    const stranger = { ...ballot, voter: humanPrincipal('mallory') };
    const refused = await Promise.all([
      castBallot(stack, { ...ballot, voter: ada.subject }, grace.key).then(refusal),
      castBallot(stack, { ...ballot, voter: ada.subject }, undefined).then(refusal),
      castBallot(stack, stranger, grace.key).then(refusal),
    ]);
    expect(refused).toMatchObject([
      { code: 'VOTE_INVALID', message: expect.stringContaining('vote.invalid') },
      { code: 'SIGNATURE_MISSING' },
      { code: 'VOTE_INVALID', message: expect.stringContaining('voter.not-entitled') },
    ]);
    const uncounted = await Promise.all([
      castBallot(stack, { ...ballot, voter: ada.subject, actionHash: sha256('another action') }, ada.key).then(told),
      castBallot(stack, { ...ballot, voter: ada.subject, approval: 'another-approval' }, ada.key).then(told),
    ]);
    expect(uncounted).toMatchObject([{ code: 'action.differs' }, { code: 'approval.not-open' }]);
    await alarms.until('countersign.ledger.alarm', ({ data }) => data['code'] === 'VOTE_REFUSED' && String(data['message']).startsWith('action.differs'));
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => run === ballot.run)).toEqual([]);
    const withAnotherKey = { env: { ...as('grace').env, COUNTERSIGN_PERSON: ada.subject } };
    expect(await stack.json(['approvals', 'approve', '--yes', '--', ballot.approval], withAnotherKey)).toMatchObject({ exitCode: 1, error: { code: 'VOTE_INVALID' } });
    expect(await stack.json(['approvals', 'approve', '--yes', '--', ballot.approval], as('ada'))).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it('of two people counts each of them once', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'approvals-two', how: 'two', charge });
    const ballot = await ask(task);
    const [ada, grace] = [person('ada'), person('grace')];
    const first = await castBallot(stack, { ...ballot, voter: ada.subject, number: 1 }, ada.key);
    const second = await castBallot(stack, { ...ballot, voter: ada.subject, number: 2 }, ada.key);
    expect(await told(second)).toMatchObject({ code: 'voter.voted' });
    expect(first.offset).toBeLessThan(second.offset);
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => run === ballot.run)).toHaveLength(1);
    expect(await approvals.events('countersign.approval.granted', ({ run }) => run === ballot.run)).toEqual([]);
    await eventually('the vote in the ledger', async () => {
      const { why } = await stack.json<{ readonly why: { readonly waits: readonly { readonly votes?: number }[] } }>(['why', ballot.run]);
      return why.waits[0]?.votes === 1 ? true : undefined;
    });
    await castBallot(stack, { ...ballot, voter: grace.subject }, grace.key);
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it('is answered by a stand-in until the delegation is taken back, goes on to others, and several are answered at once', async () => {
    const charges = await Promise.all([1, 2, 3].map(() => stack.payments.charge(700)));
    const tasks = charges.map((charge, index) => deskTask({ id: `approvals-people-${index}`, how: 'ask', charge }));
    const [first, second, third] = await Promise.all(tasks.map(ask));
    if (!first || !second || !third) throw new Error('nothing was asked');
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const { delegations } = await stack.json<{ readonly delegations: readonly { readonly id: string }[] }>(['approvals', 'delegate', '--to', 'grace', '--until', until, '--workflow', 'acme/desk'], as('ada'));
    expect(delegations).toHaveLength(1);
    expect(await stack.json(['approvals', 'approve', '--in-place-of', 'ada', '--yes', '--', first.approval], as('grace'))).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => run === first.run)).toMatchObject([{ data: { voter: humanPrincipal('grace'), onBehalfOf: humanPrincipal('ada') } }]);
    // The executor has checked the delegation itself.
    expect((await acme.finished(tasks[0] as Task)).data).toMatchObject({ outcome: 'succeeded' });

    const id = String(delegations[0]?.id);
    expect(await stack.json(['approvals', 'withdraw', '--', id], as('grace'))).toMatchObject({ exitCode: 1, error: { code: 'VOTE_INVALID' } });
    expect(await stack.json(['approvals', 'withdraw', '--', id], as('ada'))).toMatchObject({ exitCode: 0, withdrawn: [id] });
    expect(await stack.json(['approvals', 'approve', '--in-place-of', 'ada', '--yes', '--', second.approval], as('grace'))).toMatchObject({ exitCode: 1, error: { code: 'VOTE_INVALID', message: expect.stringContaining('in their place') } });

    expect(await stack.json(['approvals', 'escalate', '--reason', 'nobody is there', '--', second.approval], as('ada'))).toMatchObject({ exitCode: 0, escalatedTo: ['support'] });
    const { code, stdout } = await stack.cli(['approvals', 'approve', '--yes', '--json', '--', second.approval, third.approval], as('ada'));
    expect({ code, lines: stdout.trim().split('\n').map((line) => JSON.parse(line) as object) }).toMatchObject({ code: 0, lines: [{ approval: second.approval, decided: 'granted' }, { approval: third.approval, decided: 'granted' }] });
    for (const task of tasks.slice(1)) expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
  });

  it('at tier 4 is for whoever types amount and target: a yes alone, other words and several at once are not enough', async () => {
    const charges = [await stack.payments.charge(700), await stack.payments.charge(700)] as const;
    const tasks = charges.map((charge, index) => deskTask({ id: `approvals-typed-${index}`, how: 'typed', charge, workflow: 'tiers' }));
    const [first, second] = await Promise.all(tasks.map(ask));
    if (!first || !second) throw new Error('nothing was asked');
    const saying = (...words: readonly string[]) => stack.json(['approvals', 'approve', ...words, '--', first.approval], as('ada'));
    const word = `1.00 ${charges[0]}`;
    expect(await saying('--yes')).toMatchObject({ exitCode: 2, error: { code: 'USAGE', hint: expect.stringContaining(word) } });
    expect(await saying('--typed', `10.00 ${charges[0]}`)).toMatchObject({ exitCode: 2, error: { code: 'USAGE', message: expect.stringContaining('nothing was signed') } });
    expect(await saying('--yes', '--typed', `1.00 ${charges[1]}`)).toMatchObject({ exitCode: 2, error: { code: 'USAGE' } });
    expect(await stack.json(['approvals', 'approve', '--typed', word, '--', first.approval, second.approval], as('ada'))).toMatchObject({ exitCode: 2, error: { code: 'USAGE', message: expect.stringContaining('one at a time') } });
    // Whoever leaves the command line out is told the same.
    const ada = person('ada');
    expect(await told(await castBallot(stack, { ...first, voter: ada.subject }, ada.key))).toMatchObject({ code: 'vote.no-step-up' });
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => run === first.run)).toEqual([]);
    expect(await saying('--typed', word)).toMatchObject({ exitCode: 0, counted: true, decided: 'granted' });
    expect((await acme.finished(tasks[0] as Task)).data).toMatchObject({ outcome: 'succeeded', sideEffects: [{ step: 'typed', state: 'verified' }] });
    expect(await Promise.all(charges.map((charge) => stack.payments.refundsOf(charge)))).toMatchObject([[{ amount_cents: 100 }], []]);
    expect(await stack.json(['approvals', 'deny', '--yes', '--reason', 'done with it', '--', second.approval], as('ada'))).toMatchObject({ exitCode: 0, decided: 'rejected' });
  });

  it('of one rule is answered with all that wait for the same person, and never with those of another rule', async () => {
    const charges = await Promise.all([1, 2, 3].map(() => stack.payments.charge(700)));
    const tasks = charges.map((charge, index) => deskTask({ id: `approvals-rule-${index}`, how: index === 2 ? 'two' : 'ask', charge, cents: 600 }));
    const [first, second, other] = await Promise.all(tasks.map(ask));
    if (!first || !second || !other) throw new Error('nothing was asked');
    expect(await stack.json(['approvals', 'approve', '--yes', '--', first.approval, other.approval], as('ada'))).toMatchObject({ exitCode: 2, error: { code: 'USAGE', message: expect.stringContaining('different rules') } });
    expect(await stack.json(['approvals', 'approve', '--yes', '--rule', 'desk_asks_for_six', '--', first.approval], as('ada'))).toMatchObject({ exitCode: 2, error: { code: 'USAGE' } });
    const asked = await stack.cli(['approvals', 'approve', '--rule', 'desk_asks_for_six'], as('ada'));
    expect({ code: asked.code, isShown: [first, second].every(({ run }) => asked.stderr.includes(run.slice(0, 12))) }).toEqual({ code: 2, isShown: true });
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => [first.run, second.run, other.run].includes(run ?? ''))).toEqual([]);
    const { code, stdout } = await stack.cli(['approvals', 'approve', '--rule', 'desk_asks_for_six', '--yes', '--json'], as('ada'));
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as { readonly approval: string; readonly decided?: string });
    expect({ code, lines: lines.length, decided: Object.fromEntries(lines.map(({ approval, decided }) => [approval, decided])) }).toEqual({ code: 0, lines: 2, decided: { [first.approval]: 'granted', [second.approval]: 'granted' } });
    for (const task of tasks.slice(0, 2)) expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.json(['approvals', 'approve', '--rule', 'desk_asks_for_six', '--yes'], as('ada'))).toMatchObject({ exitCode: 1, error: { code: 'NOT_FOUND' } });
    expect(await stack.json(['approvals', 'deny', '--yes', '--reason', 'done with it', '--', other.approval], as('ada'))).toMatchObject({ exitCode: 0, decided: 'rejected' });
  });

  it('at tier 1 is a notice that says until when a person can have it undone, and they can', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'approvals-told', how: 'told', charge, workflow: 'tiers' });
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'succeeded', sideEffects: [{ step: 'told', state: 'verified' }] });
    const run = acme.runOf(task);
    const notified = await approvals.until('countersign.approval.notified', (event) => event.run === run);
    // The rule says an hour, the tool's contract 20 minutes.
    const left = Date.parse(String(notified.data['undoUntil'])) - Date.parse(notified.time);
    expect({ ...notified.data, left: left > 18 * 60_000 && left <= 20 * 60_000 }).toMatchObject({ roles: ['finance'], reasons: [{ rule: 'desk_tells' }], left: true });
    await eventually('the run in the ledger', async () => ((await stack.json<{ readonly run?: { readonly outcome: string } }>(['runs', 'show', run])).run?.outcome === 'succeeded' ? true : undefined));
    expect(await stack.json(['undo', `${run}/told`, '--reason', 'the wrong charge', '--yes'])).toMatchObject({ exitCode: 0, undoes: { run, step: 'told' }, outcome: 'succeeded' });
    expect(await stack.payments.reversalsOf(charge)).toEqual([1]);
  });

  it('is not of whom the contract is: the admin who put it in force has no vote', async () => {
    const task = deskTask({ id: 'approvals-author', how: 'ask', charge: await stack.payments.charge(700) });
    const { approval } = await ask(task);
    const admin = { env: { COUNTERSIGN_PERSON: humanPrincipal('admin'), COUNTERSIGN_PERSON_KEY_FILE: join(dataDir, 'keys/admin.pem') } };
    expect(await stack.json(['approvals', 'approve', '--yes', '--', approval], admin)).toMatchObject({ exitCode: 1, error: { code: 'VOTE_INVALID' } });
    expect((await stack.json<{ readonly approval: object }>(['approvals', 'show', '--', approval])).approval).toMatchObject({ authors: [humanPrincipal('admin')], people: expect.arrayContaining([humanPrincipal('ada'), humanPrincipal('approver')]) });
    expect(await stack.json(['approvals', 'deny', '--yes', '--reason', 'done with it', '--', approval])).toMatchObject({ exitCode: 0, decided: 'rejected' });
  });

  it('can be consented to beforehand, and the consent ends with its run', async () => {
    const task = deskTask({ id: 'approvals-consent', how: 'ask', charge: await stack.payments.charge(700) });
    const { approval, run } = await ask(task);
    const given = await stack.json<{ readonly consent: string }>(['approvals', 'consent', run, '--name', 'a test', '--tool', 'desk.ask', '--for', '5m', '--yes'], as('ada'));
    expect(given).toMatchObject({ exitCode: 0, run, tier: 2, tools: ['desk.ask'] });
    await eventually('the consent in the ledger', async () => {
      const { standing } = await stack.json<{ readonly standing: readonly { readonly id: string }[] }>(['approvals', 'standing']);
      return standing.some(({ id }) => id === given.consent) || undefined;
    });
    expect(await stack.json(['approvals', 'approve', '--yes', '--', approval], as('grace'))).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect(await approvals.until('countersign.approval.standing-ended', ({ data }) => data['standing'] === given.consent)).toMatchObject({ data: { why: 'run-closed' } });
  });
});
