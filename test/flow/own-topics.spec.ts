import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeClaim, newClaim, type Service, type Topic } from '@countersign/contracts';
import { fileSigner } from '@countersign/identity';
import { canonicalJson, eventId, runIdOf, systemClock } from '@countersign/kernel';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { signedAs, type Plain } from '../support/forge.ts';
import type { TopicView } from '../support/topics.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

interface TaskEvent extends Readonly<Record<string, unknown>> {
  readonly tenant: string;
  readonly workflow: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What each case is made of: an event that would be good. */
type Garbage = (good: Readonly<Record<string, unknown>>) => string;

const GARBAGE: readonly (readonly [string, Garbage, string])[] = [
  ['no JSON', () => 'nonsense', 'JSON_INVALID'],
  ['no UTF-8', () => '\u{fffd}', 'JSON_INVALID'],
  ['no CloudEvent', () => '{"refund":"all"}', 'EVENT_NOT_CLOUDEVENT'],
  ['an unknown type', (good) => JSON.stringify({ ...good, type: 'countersign.refund.dreamt' }), 'EVENT_TYPE_UNKNOWN'],
  ['an unknown version', (good) => JSON.stringify({ ...good, dataschema: `${String(good['dataschema'])}7` }), 'EVENT_VERSION_UNKNOWN'],
  ['an unknown field', (good) => JSON.stringify({ ...good, data: { ...Object(good['data']), please: true } }), 'EVENT_INVALID'],
  ['too many bytes', (good) => JSON.stringify({ ...good, data: { ...Object(good['data']), please: 'p'.repeat(50_000) } }), 'EVENT_TOO_LARGE'],
  ['bottomless lists', () => '['.repeat(9_000), 'EVENT_INVALID'],
];

const bytesOf = (text: string): Buffer => (text === '\u{fffd}' ? Buffer.from([0xff, 0xfe]) : Buffer.from(text));

describe.skipIf(stackMissing !== undefined)(`records on our own topics that are not as they must be${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let partition: number;
  const key = Buffer.from('acme/desk');
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    partition = stack.partitionOf('acme', 'desk');
    await acme.carryOut(deskTask({ id: 'own-topics-model', charge: await stack.payments.charge(100) }));
  });

  const newest = async (topic: Topic, type: string): Promise<TaskEvent> => {
    const all = await (await stack.view(topic, { from: 'start' })).all();
    const found = all.findLast(({ event, record }) => event?.type === type && record.partition === partition)?.event;
    if (!found) throw new Error(`no ${type} on ${topic}`);
    return { ...found, tenant: found.tenant ?? '', workflow: found.workflow ?? '' };
  };
  const codesAt = async (letters: TopicView, local: string, from: number, count: number): Promise<readonly string[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const { record } = await letters.untilRecord(`the dead letter of ${local}/${partition}/${from + index}`, ({ record: { headers } }) =>
          ['cs-topic', 'cs-partition', 'cs-offset'].map((name) => String(headers[name])).join('/') === `${local}/${partition}/${from + index}`,
        );
        return String(record.headers['cs-code']);
      }),
    );
  const goesOn = async (id: string): Promise<void> => {
    const charge = await stack.payments.charge(100);
    expect((await acme.carryOut(deskTask({ id, charge }))).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  };
  /** Readers of a topic, and their dead letters from now on. */
  const readers = (services: readonly Service[]): Promise<readonly TopicView[]> => Promise.all(services.map((service) => stack.deadLetters(service)));

  it('signed by the gateway itself: every reader makes a dead letter of each, with its code, and the partition goes on', async () => {
    const good = await newest('tasks', 'countersign.task.submitted');
    const records = GARBAGE.map(([, make]): Plain => ({ key, value: bytesOf(make(good)) }));
    const letters = await readers(['planner', 'ledger']);
    const target = { topic: stack.topic('tasks'), partition };
    const at = await stack.kafka('gateway').append(target, signedAs(stack, 'gateway', { ...target, epoch: '-', firstSeq: 0 }, records));
    for (const view of letters) expect(await codesAt(view, 'tasks', at, GARBAGE.length)).toEqual(GARBAGE.map(([, , code]) => code));
    await goesOn('own-topics-after-tasks');
  });

  it.each<[string, readonly Service[]]>([
    ['countersign.run.closed', ['gateway', 'ledger']],
    ['countersign.action.proposed', ['policy', 'ledger']],
  ])('written as `%s` by a planner of another mind, which has claimed the partition: whoever handles it does the same, and the true planner takes the partition back', async (type, services) => {
    const good = await newest('proposals', type);
    const target = { topic: stack.topic('proposals'), partition };
    const claims = (await (await stack.view('proposals', { from: 'start' })).all()).filter(({ record }) => record.partition === partition && String(record.headers['cs-epoch']) === 'claim');
    const after = claims.at(-1)?.record.offset ?? -1;
    const signer = fileSigner('planner', join(stack.dataDir, 'keys/planner.pem'));
    const claim = newClaim({ service: 'planner', claim: { member: 'intruder', instance: 'intruder', nonce: randomUUID(), key: signer.key, after }, now: systemClock.now() });
    const planner = stack.kafka('planner');
    const letters = await readers(services);
    const epoch = await planner.append(target, signedAs(stack, 'planner', { ...target, epoch: 'claim', firstSeq: 0 }, [{ key: Buffer.alloc(0), value: encodeClaim(claim) }]));
    const records = GARBAGE.map(([, make]): Plain => ({ key, value: bytesOf(make(good)) }));
    const at = await planner.append(target, signedAs(stack, 'planner', { ...target, epoch, firstSeq: 0 }, records));
    for (const view of letters) expect(await codesAt(view, 'proposals', at, GARBAGE.length)).toEqual(GARBAGE.map(([, , code]) => code));
    await goesOn(`own-topics-after-${type}`);
    const later = (await (await stack.view('proposals', { from: 'start' })).all()).filter(({ record }) => record.partition === partition && String(record.headers['cs-epoch']) === 'claim');
    expect(later.at(-1)?.event?.data).toMatchObject({ after: epoch });
  });

  it.each<[string, (good: TaskEvent) => TaskEvent, string]>([
    ['of a contract that was never in force', (good) => ({ ...good, data: { ...good.data, contract: { ...Object(good.data['contract']), hash: 'ab'.repeat(32) } } }), 'workflow.unknown'],
    ['of a workflow that its contract does not cover', (good) => ({ ...good, workflow: 'gift-cards' }), 'workflow.unknown'],
    ['of a tenant that its contract does not name', (good) => ({ ...good, tenant: 'initech' }), 'workflow.unknown'],
  ])('a task %s, which the gateway should not have let in, is a run that closes as denied', async (name, change, code) => {
    const good = await newest('tasks', 'countersign.task.submitted');
    const task = { ...Object(good['data']), task: `own-topics ${name}` };
    const changed = change({ ...good, data: task });
    const run = runIdOf(changed.tenant, changed.workflow, String(changed.data['source']), task.task);
    const event = { ...changed, run, id: eventId('gateway', run, 'countersign.task.submitted', run) };
    const at = { topic: stack.topic('tasks'), partition: stack.partitionOf(event.tenant, event.workflow) };
    const proposals = await stack.view('proposals');
    const plain = { key: Buffer.from(`${event.tenant}/${event.workflow}`), value: Buffer.from(canonicalJson(event)) };
    await stack.kafka('gateway').append(at, signedAs(stack, 'gateway', { ...at, epoch: '-', firstSeq: 0 }, [plain]));
    const closed = await proposals.until('countersign.run.closed', (found) => found.run === run);
    expect(closed.data).toMatchObject({ outcome: 'denied', reason: expect.stringContaining(code), sideEffects: [] });
  });

  it('are in the list of dead letters, with what they held', async () => {
    const { letters } = await stack.json<{ readonly letters: readonly { readonly id: string; readonly code: string; readonly record: { readonly topic: string } }[] }>(['dlq', 'list', '--service', 'planner']);
    const letter = letters.find(({ code, record }) => code === 'EVENT_TYPE_UNKNOWN' && record.topic === 'tasks');
    expect(letter).toBeDefined();
    const shown = await stack.json<{ readonly letter: { readonly valueBase64: string } }>(['dlq', 'show', String(letter?.id)]);
    expect(JSON.parse(Buffer.from(shown.letter.valueBase64, 'base64').toString())).toMatchObject({ type: 'countersign.refund.dreamt' });
    expect(await stack.json(['dlq', 'show', 'planner/999999'])).toMatchObject({ exitCode: 1, error: { code: 'NOT_FOUND' } });
  });
});
