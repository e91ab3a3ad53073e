import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LARGEST_BODY_BYTES } from './request-body.js';
import { TOKEN, TestPayments, startDatabase } from './payments.spec-support.js';
import type { Answer, TestDatabase } from './payments.spec-support.js';

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

const code = (expected: string): object => ({ error: { code: expected, message: expect.any(String) } });
/** As many as the service has connections: so many requests of a race can be in the database at once. */
const CONNECTIONS = 10;

/** Sends `count` requests that all stand before the same charge before the first of them goes on. */
async function meeting(charge: string, count: number, send: (at: number) => Promise<Answer>): Promise<Answer[]> {
  const release = await database.lockCharge(charge);
  const answers = Array.from({ length: count }, (_, at) => send(at));
  await expect.poll(() => database.waiting(), { timeout: 5000 }).toBe(CONNECTIONS);
  await release();
  return Promise.all(answers);
}

const DAMAGED = { amount_cents: 500, reason: 'arrived damaged' };

describe('reading', () => {
  it('gives a charge with what is left to refund', async () => {
    const { status, body } = await payments.get('/charges/ch_5001');
    expect(status).toBe(200);
    expect(body).toEqual({
      id: 'ch_5001',
      customer_id: 'cus_ines',
      amount_cents: 1850,
      currency: 'USD',
      refunded_cents: 0,
      refundable_cents: 1850,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('gives a customer', async () => {
    expect((await payments.get('/customers/cus_mei')).body).toMatchObject({ name: 'Mei Tanaka', country: 'JP' });
  });

  it.each([
    ['/charges/ch_none', 'charge_not_found'],
    ['/customers/cus_none', 'customer_not_found'],
    ['/refunds/re_none', 'refund_not_found'],
    ['/nothing', 'not_found'],
    ['/charges/%00', 'not_found'],
    ['/charges/..%2f', 'not_found'],
    ['//charges//', 'not_found'],
  ])('says 404 to %s', async (path, expected) => {
    expect(await payments.get(path)).toMatchObject({ status: 404, body: code(expected) });
  });

  it('names the methods of a path that takes others', async () => {
    const answer = await payments.send('DELETE', '/charges/ch_5001');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET');
  });

  it('keeps what was refunded when it is seeded again', async () => {
    await payments.refund('ch_5006', 'seed-1', { amount_cents: 100, reason: 'late' });
    const second = await TestPayments.start(database);
    expect((await second.get('/charges/ch_5006')).body).toMatchObject({ refunded_cents: 100, refundable_cents: 3400 });
    await second.service.close();
  });
});

describe('refunding', () => {
  it('refunds and says what it did', async () => {
    const charge = await payments.charge(2000);
    const headers = { 'idempotency-key': 'plain-1', 'x-run-id': 'run-7', 'x-action-id': 'action-9' };
    const { status, body } = await payments.send('POST', `/charges/${charge}/refunds`, DAMAGED, headers);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^re_/),
      charge_id: charge,
      amount_cents: 500,
      currency: 'USD',
      reason: 'arrived damaged',
      idempotency_key: 'plain-1',
      run_ref: 'run-7',
      action_ref: 'action-9',
      created_at: expect.any(String),
    });
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 500, refundable_cents: 1500 });
  });

  it('answers a repeated request with the stored answer, and refunds once', async () => {
    const charge = await payments.charge(2000);
    const first = await payments.refund(charge, 'repeat-1', DAMAGED);
    const again = await payments.refund(charge, 'repeat-1', '{ "reason": "arrived damaged",\n "amount_cents": 500 }');
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 500 });
  });

  it.each([
    ['amount', { amount_cents: 501, reason: 'arrived damaged' }],
    ['reason', { amount_cents: 500, reason: 'arrived late' }],
  ])('refuses a key that was used with another %s', async (field, body) => {
    const charge = await payments.charge(2000);
    await payments.refund(charge, `reuse-${field}`, DAMAGED);
    expect(await payments.refund(charge, `reuse-${field}`, body)).toMatchObject({ status: 422, body: code('idempotency_key_reused') });
  });

  it('refuses a key that was used for another charge', async () => {
    const [one, other] = [await payments.charge(2000), await payments.charge(2000)];
    await payments.refund(one, 'two-charges', DAMAGED);
    expect(await payments.refund(other, 'two-charges', DAMAGED)).toMatchObject({ status: 422, body: code('idempotency_key_reused') });
    expect((await payments.get(`/charges/${other}`)).body).toMatchObject({ refunded_cents: 0 });
  });

  it('refuses more than is left, and takes exactly what is left', async () => {
    const charge = await payments.charge(1000);
    await payments.refund(charge, 'over-1', { amount_cents: 600, reason: 'one of two broken' });
    expect(await payments.refund(charge, 'over-2', { amount_cents: 401, reason: 'the other' })).toMatchObject({
      status: 409,
      body: { error: { code: 'over_refunded', message: `charge \`${charge}\` has 400 cents left to refund` } },
    });
    expect(await payments.refund(charge, 'over-3', { amount_cents: 400, reason: 'the other' })).toMatchObject({ status: 201 });
  });

  it('says what a refund would make of the charge, and makes nothing of it', async () => {
    const charge = await payments.charge(1000);
    await payments.refund(charge, 'dry-1', { amount_cents: 300, reason: 'one of two broken' });
    const dryRun = () => payments.send('POST', `/charges/${charge}/refunds/dry-run`, { amount_cents: 500, reason: 'the other' });
    const first = await dryRun();
    expect(first).toMatchObject({ status: 200, body: { charge_id: charge, currency: 'USD', refunded_cents: { now: 300, after: 800 }, refundable_cents: { now: 700, after: 200 } } });
    expect((await dryRun()).body).toEqual(first.body);
    expect(await database.rows(`SELECT amount_cents FROM payments.refunds WHERE charge_id = '${charge}'`)).toHaveLength(1);
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 300 });
  });

  it('refuses a dry run as it would refuse the refund', async () => {
    const charge = await payments.charge(1000);
    const dryRun = (id: string, body: object) => payments.send('POST', `/charges/${id}/refunds/dry-run`, body);
    expect(await dryRun(charge, { amount_cents: 1001, reason: 'more than it was' })).toMatchObject({ status: 409, body: code('over_refunded') });
    expect(await dryRun('ch_none', DAMAGED)).toMatchObject({ status: 404, body: code('charge_not_found') });
    expect(await dryRun(charge, { amount_cents: 0, reason: 'nothing' })).toMatchObject({ status: 400, body: code('invalid_request') });
  });

  it('says 404 to a charge it does not know', async () => {
    expect(await payments.refund('ch_none', 'unknown-1', DAMAGED)).toMatchObject({ status: 404, body: code('charge_not_found') });
  });

  it('refunds once when twenty identical requests come together', async () => {
    const charge = await payments.charge(50_000);
    const answers = await meeting(charge, 20, () => payments.refund(charge, 'race-1', DAMAGED));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await database.rows(`SELECT amount_cents FROM payments.refunds WHERE charge_id = '${charge}'`)).toHaveLength(1);
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 500 });
  });

  it('gives one charge the key when many charges race for it', async () => {
    const charges = await Promise.all(Array.from({ length: 8 }, () => payments.charge(1000)));
    const answers = await Promise.all(charges.map((charge) => payments.refund(charge, 'race-2', DAMAGED)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422, 422, 422, 422, 422, 422]);
    expect(await database.rows(`SELECT 1 FROM payments.charges WHERE refunded_cents > 0 AND id IN ('${charges.join("','")}')`)).toHaveLength(1);
  });

  it('never gives back more than was paid when different refunds race', async () => {
    const charge = await payments.charge(1000);
    const answers = await meeting(charge, 10, (at) => payments.refund(charge, `race-3-${at}`, { amount_cents: 300, reason: 'part' }));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 201, 409, 409, 409, 409, 409, 409, 409]);
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 900 });
  });
});

describe('reading back', () => {
  it('finds a refund by its key, its charge and its id', async () => {
    const charge = await payments.charge(2000);
    const { body: refund } = await payments.refund(charge, 'back-1', DAMAGED);
    const id = typeof refund === 'object' && refund !== null && 'id' in refund ? String(refund.id) : '';
    expect((await payments.get('/refunds?idempotency_key=back-1')).body).toMatchObject({ refunds: [refund], charges: [{ id: charge, refunded_cents: 500 }] });
    expect((await payments.get(`/refunds?charge_id=${charge}`)).body).toMatchObject({ refunds: [refund], charges: [{ id: charge, refunded_cents: 500 }] });
    expect((await payments.get(`/refunds/${id}`)).body).toEqual(refund);
  });

  it('finds nothing under a key that was never used', async () => {
    expect(await payments.get('/refunds?idempotency_key=never')).toMatchObject({ status: 200, body: { refunds: [] } });
  });

  it.each(['/refunds', '/refunds?idempotency_key=%00'])('refuses to list %s', async (path) => {
    expect(await payments.get(path)).toMatchObject({ status: 400, body: code('invalid_request') });
  });
});

describe('exporting', () => {
  it('hands out rows and records that it did', async () => {
    const { status, body } = await payments.send('POST', '/customers/export', { rows: 2 }, { 'x-run-id': 'run-export' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ export_id: expect.stringMatching(/^ex_/), row_count: 2, rows: [{ id: 'cus_adaeze' }, { id: 'cus_ines' }] });
    expect(await database.rows(`SELECT rows_asked, rows_given FROM payments.exports WHERE run_ref = 'run-export'`)).toEqual([
      { rows_asked: 2, rows_given: 2 },
    ]);
  });
});

describe('deleting', () => {
  it('forgets who a customer is, once and for all, and keeps the charges', async () => {
    const forgotten = { id: 'cus_tomas', name: '', email: '', deleted: true };
    for (const attempt of [1, 2]) expect([attempt, await payments.send('DELETE', '/customers/cus_tomas')]).toMatchObject([attempt, { status: 200, body: forgotten }]);
    const second = await TestPayments.start(database);
    expect((await second.get('/customers/cus_tomas')).body).toMatchObject(forgotten);
    await second.service.close();
    expect((await payments.get('/charges/ch_5002')).body).toMatchObject({ customer_id: 'cus_tomas' });
    expect((await payments.send('POST', '/customers/export', { rows: 100 })).body).toMatchObject({ row_count: 5 });
  });

  it('says 404 to a customer it does not know', async () => {
    expect(await payments.send('DELETE', '/customers/cus_none')).toMatchObject({ status: 404, body: code('customer_not_found') });
  });
});

describe('bad input', () => {
  it.each([
    ['a fraction', { amount_cents: 19.99, reason: 'x' }],
    ['a text for an amount', { amount_cents: '500', reason: 'x' }],
    ['nothing', { amount_cents: 0, reason: 'x' }],
    ['a negative amount', { amount_cents: -500, reason: 'x' }],
    ['an amount beyond the column', { amount_cents: 1e12, reason: 'x' }],
    ['no reason', { amount_cents: 500 }],
    ['an empty reason', { amount_cents: 500, reason: '  ' }],
    ['a reason with a NUL', { amount_cents: 500, reason: 'a\0b' }],
    ['a reason with half a character', '{"amount_cents":500,"reason":"\\ud800"}'],
    ['a reason that is too long', { amount_cents: 500, reason: 'x'.repeat(501) }],
    ['a field that is not known', { amount_cents: 500, reason: 'x', currency: 'EUR' }],
    ['a field named __proto__', '{"amount_cents":500,"reason":"x","__proto__":{}}'],
    ['a list', [1]],
    ['null', 'null'],
  ])('refuses %s', async (_, body) => {
    expect(await payments.refund('ch_5005', 'bad-1', body)).toMatchObject({ status: 400, body: code('invalid_request') });
  });

  it('refuses a refund without a key', async () => {
    expect(await payments.send('POST', '/charges/ch_5005/refunds', DAMAGED)).toMatchObject({ status: 400, body: code('idempotency_key_required') });
    expect(await payments.refund('ch_5005', '', DAMAGED)).toMatchObject({ status: 400, body: code('idempotency_key_required') });
  });

  it.each(['two words', 'x'.repeat(129), 'one, two'])('refuses the key `%s`', async (key) => {
    expect(await payments.refund('ch_5005', key, DAMAGED)).toMatchObject({ status: 400, body: code('invalid_request') });
  });

  it('refuses a body that is not JSON', async () => {
    expect(await payments.refund('ch_5005', 'bad-2', '{"amount_cents":')).toMatchObject({ status: 400, body: code('invalid_json') });
    expect(await payments.refund('ch_5005', 'bad-2', '')).toMatchObject({ status: 400, body: code('invalid_json') });
  });

  it('refuses a body of another type', async () => {
    const headers = { 'content-type': 'text/plain', 'idempotency-key': 'bad-3' };
    expect(await payments.send('POST', '/charges/ch_5005/refunds', '{}', headers)).toMatchObject({ status: 415, body: code('unsupported_media_type') });
  });

  it('refuses a body that is too large, said or not', async () => {
    const large = JSON.stringify({ amount_cents: 500, reason: 'x'.repeat(LARGEST_BODY_BYTES) });
    expect(await payments.refund('ch_5005', 'bad-4', large)).toMatchObject({ status: 413, body: code('body_too_large') });
    const streamed = await fetch(`${payments.service.url}/charges/ch_5005/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', 'idempotency-key': 'bad-5' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    });
    expect(streamed.status).toBe(413);
  });

  it('has refunded nothing of all that', async () => {
    expect((await payments.get('/charges/ch_5005')).body).toMatchObject({ refunded_cents: 0 });
    expect((await payments.get('/healthz')).status).toBe(200);
  });
});

describe('who may call', () => {
  it.each(['', 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN])('refuses the authorization `%s`', async (authorization) => {
    const answer = await payments.send('GET', '/charges/ch_5001', undefined, { authorization });
    expect(answer).toMatchObject({ status: 401, body: code('unauthorized') });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('asks nobody who they are for its health', async () => {
    expect((await fetch(`${payments.service.url}/healthz`)).status).toBe(200);
  });

  it('has no switches unless it was started with them', async () => {
    const plain = await TestPayments.start(database, { faultSwitches: false });
    expect(await plain.faults({ kind: 'none' })).toMatchObject({ status: 404, body: code('not_found') });
    expect(await plain.send('POST', '/charges', { count: 1, amount_cents: 1 })).toMatchObject({ status: 404, body: code('not_found') });
    await plain.service.close();
  });
});

describe('taking a refund back', () => {
  const refunded = async (key: string): Promise<{ readonly charge: string; readonly refund: string }> => {
    const charge = await payments.charge(1000);
    const { body } = await payments.refund(charge, key, { amount_cents: 600, reason: 'one of two broken' });
    return { charge, refund: String((body as { readonly id: unknown }).id) };
  };
  const reverse = (refund: string, key: string): Promise<Answer> => payments.send('POST', `/refunds/${refund}/reversal`, {}, { 'idempotency-key': key });

  it('gives the charge all of it back to be refunded, once for each key', async () => {
    const { charge, refund } = await refunded('reversal-1');
    const first = await reverse(refund, 'back-1');
    expect(first).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^rv_/), refund_id: refund, charge_id: charge, amount_cents: 600 } });
    const again = await reverse(refund, 'back-1');
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 0, refundable_cents: 1000 });
    expect((await payments.get(`/refunds/${refund}/reversal`)).body).toMatchObject({ reversals: [first.body] });
  });

  it('refuses a second time, a key that was used for another, and a refund that is not there', async () => {
    const [one, other] = [await refunded('reversal-2'), await refunded('reversal-3')];
    await reverse(one.refund, 'back-2');
    expect(await reverse(one.refund, 'back-3')).toMatchObject({ status: 409, body: code('already_reversed') });
    expect(await reverse(other.refund, 'back-2')).toMatchObject({ status: 422, body: code('idempotency_key_reused') });
    expect(await reverse('re_none', 'back-4')).toMatchObject({ status: 404, body: code('refund_not_found') });
    expect((await payments.get(`/refunds/${other.refund}/reversal`)).body).toEqual({ reversals: [] });
  });

  it('does it once, whoever comes at the same time', async () => {
    const { charge, refund } = await refunded('reversal-4');
    const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => reverse(refund, `race-${at}`)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    expect((await payments.get(`/charges/${charge}`)).body).toMatchObject({ refunded_cents: 0 });
  });
});
