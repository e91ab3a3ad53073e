import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { TestPayments, startDatabase } from './payments.spec-support.js';
import type { TestDatabase } from './payments.spec-support.js';

const BROKEN = { amount_cents: 500, reason: 'handle broken' };
const FAILED = { status: 500, body: { error: { code: 'fault_switched_on' } } };

let database: TestDatabase;
let payments: TestPayments;

beforeAll(async () => {
  database = await startDatabase();
  payments = await TestPayments.start(database);
}, 60_000);

afterEach(async () => {
  await payments.send('DELETE', '/faults');
});

afterAll(async () => {
  await payments.service.close();
  await database.remove();
});

async function refundedCents(charge: string): Promise<unknown> {
  const [row] = await database.rows(`SELECT refunded_cents FROM payments.charges WHERE id = '${charge}'`);
  return row;
}

it('has refunded nothing when it fails before the commit', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'error-before-commit', times: 1 });
  expect(await payments.refund(charge, 'before-1', BROKEN)).toMatchObject(FAILED);
  expect(await payments.get('/refunds?idempotency_key=before-1')).toMatchObject({ body: { refunds: [] } });
  expect(await refundedCents(charge)).toEqual({ refunded_cents: 0 });
  const again = await payments.refund(charge, 'before-1', BROKEN);
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBeNull();
});

it('has refunded when it fails after the commit, and gives the answer to the next request with the key', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'error-after-commit', times: 1 });
  expect(await payments.refund(charge, 'after-1', BROKEN)).toMatchObject(FAILED);
  expect(await payments.get('/refunds?idempotency_key=after-1')).toMatchObject({ body: { refunds: [{ amount_cents: 500 }] } });
  const again = await payments.refund(charge, 'after-1', BROKEN);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await refundedCents(charge)).toEqual({ refunded_cents: 500 });
});

it('answers late when it is slow', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'slow', ms: 300, method: 'POST', path: '/charges/' });
  const started = performance.now();
  expect((await payments.refund(charge, 'slow-1', BROKEN)).status).toBe(201);
  expect(performance.now() - started).toBeGreaterThanOrEqual(295);
});

it('goes on with slow work when the caller has given up', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'slow', ms: 1000, path: '/charges/' });
  await expect(payments.refund(charge, 'slow-2', BROKEN, AbortSignal.timeout(50))).rejects.toThrow(/abort/i);
  expect(await refundedCents(charge)).toEqual({ refunded_cents: 0 });
  await expect.poll(() => refundedCents(charge), { timeout: 5000 }).toEqual({ refunded_cents: 500 });
});

it('never answers when it hangs, and has done nothing', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'hang', path: '/charges/' });
  await expect(payments.refund(charge, 'hang-1', BROKEN, AbortSignal.timeout(300))).rejects.toThrow(/abort/i);
  await payments.send('DELETE', '/faults');
  expect(await refundedCents(charge)).toEqual({ refunded_cents: 0 });
});

it('never answers but has refunded when it hangs after the commit', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'hang', when: 'after', path: '/charges/' });
  await expect(payments.refund(charge, 'hang-2', BROKEN, AbortSignal.timeout(500))).rejects.toThrow(/abort/i);
  await expect.poll(() => refundedCents(charge), { timeout: 5000 }).toEqual({ refunded_cents: 500 });
});

it('strikes every third matching request, at most twice, and counts', async () => {
  const charge = await payments.charge(2000);
  await payments.faults({ kind: 'error-before-commit', method: 'GET', path: '/charges/', every: 3, times: 2 });
  const statuses: number[] = [];
  for (let at = 0; at < 12; at += 1) statuses.push((await payments.get(`/charges/${charge}`)).status);
  expect(statuses).toEqual([200, 200, 500, 200, 200, 500, 200, 200, 200, 200, 200, 200]);
  expect((await payments.get('/faults')).body).toMatchObject({ faults: [{ seen: 12, hits: 2 }] });
});

it('takes several faults, and the first that is due strikes', async () => {
  const charge = await payments.charge(9000);
  await payments.faults([
    { kind: 'error-after-commit', method: 'POST', every: 2 },
    { kind: 'error-before-commit', method: 'POST', every: 3 },
  ]);
  const statuses: number[] = [];
  for (let at = 1; at <= 6; at += 1) statuses.push((await payments.refund(charge, `mixed-${at}`, BROKEN)).status);
  expect(statuses).toEqual([201, 500, 500, 500, 201, 500]);
  // The third was undone; the second, fourth and sixth were not.
  expect(await refundedCents(charge)).toEqual({ refunded_cents: 2500 });
});

it('leaves the exports alone that failed before the commit', async () => {
  await payments.faults({ kind: 'error-before-commit' });
  expect(await payments.send('POST', '/customers/export', { rows: 1 })).toMatchObject(FAILED);
  expect(await database.rows('SELECT 1 FROM payments.exports')).toEqual([]);
});

it('is well when the faults are taken away', async () => {
  await payments.faults({ kind: 'error-before-commit' });
  expect((await payments.send('DELETE', '/faults')).status).toBe(204);
  expect((await payments.get('/charges/ch_5001')).status).toBe(200);
  await payments.faults([{ kind: 'error-before-commit' }, { kind: 'none' }]);
  expect((await payments.get('/charges/ch_5001')).status).toBe(500);
  await payments.faults({ kind: 'none' });
  expect((await payments.get('/charges/ch_5001')).status).toBe(200);
});

it.each([{ kind: 'fire' }, { kind: 'slow' }, { kind: 'hang', every: 0 }, { kind: 'hang', when: 'later' }, { kind: 'hang', probability: 0.5 }, 7])(
  'refuses the fault %j',
  async (fault) => {
    expect(await payments.faults(fault)).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
  },
);

it('stops at once although requests hang and are slow', async () => {
  const other = await TestPayments.start(database);
  await other.faults([{ kind: 'hang', times: 1 }, { kind: 'slow', ms: 600_000 }]);
  const left = [other.get('/charges/ch_5001'), other.get('/charges/ch_5001')].map((answer) => expect(answer).rejects.toThrow('fetch failed'));
  await expect.poll(async () => (await other.get('/faults')).body).toMatchObject({ faults: [{ hits: 1 }, { hits: 1 }] });
  const started = performance.now();
  await other.service.close();
  expect(performance.now() - started).toBeLessThan(1500);
  await Promise.all(left);
}, 20_000);
