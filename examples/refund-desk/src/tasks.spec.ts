import { readFileSync, readdirSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPayments, startDatabase } from './payments.spec-support.js';
import type { TestDatabase } from './payments.spec-support.js';
import { SEED_CHARGES, SEED_CUSTOMERS } from './seed.js';

interface Expectation {
  readonly task: string;
  readonly outcome: 'succeeded' | 'denied' | 'waits-for-approval' | 'refused' | 'failed' | 'duplicate';
  readonly refund?: { readonly charge_id: string; readonly amount_cents: number };
  readonly toolError?: { readonly status: number; readonly code: string };
  readonly of?: string;
}

interface Task {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly workflow: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const folder = new URL('../tasks/', import.meta.url);
const files = readdirSync(folder).toSorted();
const taskOf = (file: string): Task => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const expected: Expectation[] = JSON.parse(readFileSync(new URL('../expected.json', import.meta.url), 'utf8'));
const tasks = expected.map((expectation) => ({ ...expectation, event: taskOf(expectation.task) }));

let database: TestDatabase;
let payments: TestPayments;

beforeAll(async () => {
  database = await startDatabase();
  payments = await TestPayments.start(database);
}, 60_000);

afterAll(async () => {
  await payments.service.close();
  await database.remove();
});

it('has thirteen tasks and says what is expected of each', () => {
  expect(files).toHaveLength(13);
  expect(expected.map(({ task }) => task)).toEqual(files);
});

it.each(files)('%s is a CloudEvent that has no time yet', (file) => {
  const event = taskOf(file);
  expect(new CloudEvent({ ...event }).validate()).toBe(true);
  expect(event).not.toHaveProperty('time');
});

it('repeats a task by its id and source, not by the name of a file', () => {
  const repeats = tasks.filter(({ outcome }) => outcome === 'duplicate');
  expect(repeats.map(({ event }) => event)).toEqual(repeats.map(({ of = '' }) => taskOf(of)));
  const others = tasks.filter(({ outcome }) => outcome !== 'duplicate');
  expect(new Set(others.map(({ event }) => `${event.source} ${event.id}`)).size).toBe(others.length);
});

it('names customers that exist, and charges that are theirs but for the unknown one', () => {
  const customers = tasks.flatMap(({ event }) => event.data['customer_id'] ?? []);
  expect(SEED_CUSTOMERS.map(({ id }) => id)).toEqual(expect.arrayContaining(customers));
  const charged = tasks.filter(({ event }) => event.data['charge_id'] !== undefined);
  const strangers = charged.filter(
    ({ event: { data } }) => !SEED_CHARGES.some(({ id, customer_id: owner }) => id === data['charge_id'] && owner === data['customer_id']),
  );
  expect(strangers.map(({ toolError }) => toolError?.code)).toEqual(['charge_not_found']);
});

it.each(tasks.filter(({ refund }) => refund !== undefined))('$task can be refunded as expected', async ({ event, refund }) => {
  const answer = await payments.refund(refund?.charge_id ?? '', event.id, { amount_cents: refund?.amount_cents, reason: event.data['reason'] });
  expect(answer.status).toBe(201);
  const { amount_cents: asked, refund_remaining: all } = event.data;
  expect(refund?.amount_cents).toBe(all === true ? SEED_CHARGES.find(({ id }) => id === event.data['charge_id'])?.amount_cents : asked);
});

it.each(tasks.filter(({ toolError }) => toolError !== undefined))('$task is answered by the service as expected', async ({ event, toolError }) => {
  const { charge_id: charge, amount_cents, reason } = event.data;
  expect(await payments.refund(String(charge), event.id, { amount_cents, reason })).toMatchObject({
    status: toolError?.status,
    body: { error: { code: toolError?.code } },
  });
});
