import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPayments, startDatabase } from './payments.spec-support.js';
import type { TestDatabase } from './payments.spec-support.js';

const LATE = { amount_cents: 100, reason: 'came a week late' };

let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
}, 60_000);

afterAll(async () => {
  await database.remove();
});

it('survives a restart of its database and knows every refund afterwards', async () => {
  const payments = await TestPayments.start(database);
  const charge = await payments.charge(5000);
  // Enough at once that several pooled connections are open when the database goes.
  await Promise.all(Array.from({ length: 8 }, (_, at) => payments.refund(charge, `restart-${at}`, LATE)));
  await database.stop();
  expect(await payments.refund(charge, 'restart-0', LATE)).toMatchObject({ status: 503, body: { error: { code: 'database_unavailable' } } });
  expect((await payments.get('/healthz')).status).toBe(503);
  expect(payments.logged).toContain('database connection lost');
  await database.start();
  const again = await payments.refund(charge, 'restart-0', LATE);
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 800 });
  await payments.service.close();
}, 30_000);

it('answers 503 to a refund that waits in a transaction when the database goes', async () => {
  const payments = await TestPayments.start(database);
  const charge = await payments.charge(5000);
  const release = await database.lockCharge(charge);
  const refund = payments.refund(charge, 'waiting-1', LATE);
  await expect.poll(() => database.waiting()).toBe(1);
  await database.stop();
  expect(await refund).toMatchObject({ status: 503 });
  await expect(release()).rejects.toThrow(/connection/i);
  await database.start();
  expect(await payments.refund(charge, 'waiting-1', LATE)).toMatchObject({ status: 201 });
  expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 100 });
  await payments.service.close();
}, 30_000);

it('waits at its start for a database that is not up yet', async () => {
  await database.stop();
  const starting = TestPayments.start(database);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await database.start();
  const payments = await starting;
  expect((await payments.get('/healthz')).status).toBe(200);
  await payments.service.close();
}, 30_000);
