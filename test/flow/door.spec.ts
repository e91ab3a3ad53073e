import { beforeAll, describe, expect, it } from 'vitest';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

describe.skipIf(stackMissing !== undefined)(`the door${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let globex: Upstream;
  beforeAll(async () => {
    [acme, globex] = await Promise.all([Upstream.open(stack), Upstream.open(stack, 'globex')]);
  });

  const plain = deskTask({ id: 'door-plain', charge: 'ch_5008' });
  const written = JSON.stringify(plain);

  it.each<[string, string | Buffer, string, readonly string[]]>([
    ['what is not JSON', '{"specversion":', 'event.not-json', []],
    ['what is no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'event.not-json', []],
    ['what is no object', '[1,2]', 'event.not-cloudevent', ['']],
    ['what is no CloudEvent', '{"id":"door-1","data":{}}', 'event.not-cloudevent', ['/specversion']],
    ['data that are no object', JSON.stringify({ ...plain, data: 'a refund, please' }), 'event.not-cloudevent', ['/data']],
    ['an unknown workflow', JSON.stringify({ ...plain, workflow: 'gift-cards' }), 'workflow.unknown', []],
    ['an unknown type', JSON.stringify({ ...plain, workflow: undefined, type: 'gift-card.requested' }), 'workflow.unknown', []],
    ['data without what the schema requires', JSON.stringify({ ...plain, data: { how: 'plain' } }), 'input.invalid', ['/data/charge_id']],
    ['data that break the schema deep inside', JSON.stringify({ ...plain, data: { ...plain.data, customer: { 'a/b': 7 } } }), 'input.invalid', ['/data/customer/a~1b']],
    ['a key that the schema does not know', JSON.stringify({ ...plain, data: { ...plain.data, customer: { nmae: 'Ada' } } }), 'input.invalid', ['/data/customer/nmae']],
    ['what is too large', JSON.stringify({ ...plain, data: { ...plain.data, note: 'n'.repeat(48 * 1024) } }), 'event.too-large', []],
    ['what is too large once it is canonical', written.replace('"amount_cents":100', `"amount_cents":[${Array(3_000).fill('1e20').join(',')}]`), 'event.too-large', []],
    ['a number that no JSON of ours can hold', written.replace('"amount_cents":100', '"amount_cents":1e999'), 'event.not-json', []],
    ['an integer that would be rounded', written.replace('"amount_cents":100', '"amount_cents":9007199254740993'), 'number.inexact', ['/data/amount_cents']],
    ['half of a character', written.replace('a test asks for it', '\\ud83d'), 'event.not-json', []],
    ['lists without end', written.replace('"amount_cents":100', `"amount_cents":${'['.repeat(12_000)}${']'.repeat(12_000)}`), 'event.not-cloudevent', []],
    ['keys of any length', JSON.stringify({ ...plain, data: { ...plain.data, customer: { ['k'.repeat(30_000)]: 1 } } }), 'input.invalid', [`/data/customer/${'k'.repeat(145)}`]],
  ])('refuses %s with a code and the place', async (_, value, code, pointers) => {
    const { data, tenant } = await acme.refusal(await acme.send(value));
    const places = (data['faults'] as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer);
    expect({ tenant, code: data['code'], missing: pointers.filter((pointer) => !places.includes(pointer)) }).toEqual({ tenant: 'acme', code, missing: [] });
  });

  it('tells nothing of it to anybody else, and leaves no dead letter', async () => {
    expect(await globex.outcomes.all()).toEqual([]);
    const letters = await (await stack.deadLetters('gateway', 'start')).all();
    expect(letters.map(({ record }) => String(record.headers['cs-topic'])).filter((topic) => topic.startsWith('inbox.'))).toEqual([]);
  });

  it('admits another key order and attributes that it does not know, as one and the same task', async () => {
    const charge = await stack.payments.charge(900);
    const task = deskTask({ id: 'door-order', charge });
    const { data, ...attributes } = task;
    const turned = JSON.stringify({ data: Object.fromEntries(Object.entries(data).toReversed()), priority: 'high', dataschema: 'https://example.org/refund.json', ...Object.fromEntries(Object.entries(attributes).toReversed()) });
    await acme.send(task);
    await acme.send(turned, { partition: 1 });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded', task: 'door-order' });
    const accepted = await acme.outcomes.events('countersign.task.accepted', ({ run }) => run === acme.runOf(task));
    expect(accepted.map(({ id, data: answer }) => ({ id, answer }))).toHaveLength(2);
    expect(new Set(accepted.map(({ id, data: answer }) => JSON.stringify({ id, answer }))).size).toBe(1);
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
    const [first] = await (await stack.view('tasks', { from: 'start' })).events('countersign.task.submitted', ({ run, data: { extensions } }) => run === acme.runOf(task) && Object.keys(Object(extensions)).length > 0);
    expect(first?.data['extensions']).toEqual({ priority: 'high', dataschema: 'https://example.org/refund.json' });
  });

  it('runs a repeated task once, and answers it alike also after its end', async () => {
    const charge = await stack.payments.charge(900);
    const task = deskTask({ id: 'door-repeat', charge });
    const first = await acme.carryOut(task);
    const mark = await stack.view('outcomes', { tenant: 'acme' });
    await acme.send(task, { partition: 2 });
    const again = await mark.until('countersign.task.accepted', ({ run }) => run === acme.runOf(task));
    const [accepted] = await acme.outcomes.events('countersign.task.accepted', ({ run }) => run === acme.runOf(task));
    expect(again.id).toBe(accepted?.id);
    expect(again.run).toBe(first.run);
    // What would come of a second run comes before what comes of this one.
    await acme.carryOut(deskTask({ id: 'door-after-repeat', charge: await stack.payments.charge(900) }));
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
    expect(await acme.outcomes.events('countersign.task.finished', ({ run }) => run === acme.runOf(task))).toHaveLength(1);
  });

  it('admits an id that holds what text columns cannot', async () => {
    const task = deskTask({ id: 'door-nul-\u0000-\u{1f600}', charge: await stack.payments.charge(900) });
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'succeeded', task: task.id });
    const { run } = await stack.json<{ readonly run: object }>(['runs', 'show', acme.runOf(task)]);
    expect(run).toMatchObject({ status: 'closed', outcome: 'succeeded' });
  });
});
