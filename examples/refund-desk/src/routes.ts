import type { IncomingHttpHeaders } from 'node:http';
import type { Pool } from 'pg';
import { ApiError, invalidRequest } from './api-error.js';
import { faultsFrom } from './faults.js';
import type { FaultPoints, FaultSwitches } from './faults.js';
import { LARGEST_AMOUNT_CENTS, LONGEST_REASON, integerOf, objectOf, optionalTextOf, referenceOf, requiredIdempotencyKey, textOf } from './fields.js';
import { createRefund, findRefunds, previewRefund, refundById } from './payments.js';
import { receiptsOf, sendReceipt } from './receipts.js';
import { chargeById, createCharges, customerById, deleteCustomer, exportCustomers } from './records.js';
import { reversalsOf, reverseRefund } from './reversals.js';
import { SEED_CUSTOMERS } from './seed.js';

const MOST_CHARGES_AT_ONCE = 10_000;
const MOST_EXPORT_ROWS = 1_000_000;
const LONGEST_ID = 64;
const LONGEST_MAILBOX = 320;

export interface ApiRequest {
  /** What the path has in place of `:id`, or an empty string. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly points: FaultPoints;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Segments; `:id` stands for any one segment. */
  readonly path: string;
  /** Switches are for tests: no fault strikes them, and they exist only when the service was started with them. */
  readonly isSwitch?: true;
  readonly handle: (request: ApiRequest) => Promise<ApiAnswer>;
}

export function routesOf(pool: Pool, faults: FaultSwitches): readonly Route[] {
  return [
    { method: 'GET', path: '/charges/:id', handle: ({ id }) => ok(chargeById(pool, id)) },
    { method: 'GET', path: '/customers/:id', handle: ({ id }) => ok(customerById(pool, id)) },
    { method: 'DELETE', path: '/customers/:id', handle: ({ id }) => ok(deleteCustomer(pool, id)) },
    { method: 'GET', path: '/refunds/:id', handle: ({ id }) => ok(refundById(pool, id)) },
    { method: 'GET', path: '/refunds', handle: (request) => listRefunds(pool, request) },
    { method: 'POST', path: '/charges/:id/refunds', handle: (request) => postRefund(pool, request) },
    { method: 'POST', path: '/charges/:id/refunds/dry-run', handle: (request) => dryRunRefund(pool, request) },
    { method: 'POST', path: '/refunds/:id/reversal', handle: (request) => postReversal(pool, request) },
    { method: 'GET', path: '/refunds/:id/reversal', handle: async ({ id }) => ({ status: 200, body: { reversals: await reversalsOf(pool, id) } }) },
    { method: 'POST', path: '/charges/:id/receipts', handle: (request) => postReceipt(pool, request) },
    { method: 'GET', path: '/charges/:id/receipts', handle: async ({ id }) => ({ status: 200, body: { receipts: await receiptsOf(pool, id) } }) },
    { method: 'POST', path: '/customers/export', handle: (request) => postExport(pool, request) },
    { method: 'POST', path: '/charges', isSwitch: true, handle: (request) => postCharges(pool, request) },
    { method: 'GET', path: '/faults', isSwitch: true, handle: () => Promise.resolve({ status: 200, body: { faults: faults.list() } }) },
    { method: 'POST', path: '/faults', isSwitch: true, handle: (request) => Promise.resolve(postFaults(faults, request)) },
    { method: 'DELETE', path: '/faults', isSwitch: true, handle: () => Promise.resolve(clearFaults(faults)) },
  ];
}

async function ok(record: Promise<unknown>): Promise<ApiAnswer> {
  return { status: 200, body: await record };
}

async function postRefund(pool: Pool, { id, headers, body, points }: ApiRequest): Promise<ApiAnswer> {
  const idempotencyKey = requiredIdempotencyKey(headers['idempotency-key']);
  const order = { chargeId: id, ...askedIn(body), idempotencyKey, ...referencesOf(headers) };
  const { refund, replayed } = await createRefund(pool, order, () => points.beforeCommit());
  return { status: 201, body: refund, headers: replayed ? { 'idempotent-replayed': 'true' } : {} };
}

function askedIn(body: unknown): { readonly amountCents: number; readonly reason: string } {
  const fields = objectOf(body, ['amount_cents', 'reason']);
  return { amountCents: integerOf(fields, 'amount_cents', 1, LARGEST_AMOUNT_CENTS), reason: textOf(fields, 'reason', LONGEST_REASON) };
}

async function dryRunRefund(pool: Pool, { id, body }: ApiRequest): Promise<ApiAnswer> {
  return { status: 200, body: await previewRefund(pool, { chargeId: id, ...askedIn(body) }) };
}

async function postReversal(pool: Pool, { id, headers, body, points }: ApiRequest): Promise<ApiAnswer> {
  objectOf(body ?? {}, []);
  const order = { refundId: id, idempotencyKey: requiredIdempotencyKey(headers['idempotency-key']), ...referencesOf(headers) };
  const { reversal, replayed } = await reverseRefund(pool, order, () => points.beforeCommit());
  return { status: 201, body: reversal, headers: replayed ? { 'idempotent-replayed': 'true' } : {} };
}

async function listRefunds(pool: Pool, { query }: ApiRequest): Promise<ApiAnswer> {
  const idempotencyKey = query.get('idempotency_key') ?? undefined;
  const chargeId = query.get('charge_id') ?? undefined;
  if (idempotencyKey === undefined && chargeId === undefined) throw invalidRequest('give `idempotency_key` or `charge_id`');
  if (`${idempotencyKey}${chargeId}`.includes('\0')) throw invalidRequest('a filter has a character that cannot be looked up');
  const by = { ...(idempotencyKey !== undefined && { idempotencyKey }), ...(chargeId !== undefined && { chargeId }) };
  const refunds = await findRefunds(pool, by);
  const charges = await Promise.all([...new Set(refunds.map(({ charge_id: id }) => id))].map((id) => chargeById(pool, id)));
  return { status: 200, body: { refunds, charges } };
}

async function postReceipt(pool: Pool, { id, headers, body }: ApiRequest): Promise<ApiAnswer> {
  const to = textOf(objectOf(body, ['to']), 'to', LONGEST_MAILBOX);
  return { status: 201, body: await sendReceipt(pool, { chargeId: id, to, ...referencesOf(headers) }) };
}

async function postExport(pool: Pool, { headers, body, points }: ApiRequest): Promise<ApiAnswer> {
  const fields = objectOf(body, ['rows']);
  const rows = integerOf(fields, 'rows', 1, MOST_EXPORT_ROWS);
  return { status: 201, body: await exportCustomers(pool, { rows, ...referencesOf(headers) }, () => points.beforeCommit()) };
}

async function postCharges(pool: Pool, { body }: ApiRequest): Promise<ApiAnswer> {
  const fields = objectOf(body, ['count', 'amount_cents', 'customer_id']);
  const count = integerOf(fields, 'count', 1, MOST_CHARGES_AT_ONCE);
  const amountCents = integerOf(fields, 'amount_cents', 1, LARGEST_AMOUNT_CENTS);
  const customerId = optionalTextOf(fields, 'customer_id', LONGEST_ID) ?? SEED_CUSTOMERS[0]?.id ?? '';
  return { status: 201, body: { ids: await createCharges(pool, count, amountCents, customerId) } };
}

function postFaults(faults: FaultSwitches, { body }: ApiRequest): ApiAnswer {
  faults.set(faultsFrom(body));
  return { status: 200, body: { faults: faults.list() } };
}

function clearFaults(faults: FaultSwitches): ApiAnswer {
  faults.set([]);
  return { status: 204 };
}

function referencesOf(headers: IncomingHttpHeaders): { runRef: string | undefined; actionRef: string | undefined } {
  return { runRef: referenceOf(headers['x-run-id'], 'X-Run-Id'), actionRef: referenceOf(headers['x-action-id'], 'X-Action-Id') };
}

/** The route for a request and what its path has for `:id`. Throws `ApiError` if there is none. */
export function findRoute(routes: readonly Route[], method: string, path: string): { readonly route: Route; readonly id: string } {
  const matching = routes.flatMap((route) => {
    const id = idIn(route.path, path);
    return id === undefined ? [] : [{ route, id }];
  });
  if (matching.length === 0) throw new ApiError(404, 'not_found', 'there is nothing at this path');
  const found = matching.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  const allowed = matching.map(({ route }) => route.method).join(', ');
  throw new ApiError(405, 'method_not_allowed', `this path takes ${allowed}`, { allow: allowed });
}

function idIn(pattern: string, path: string): string | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  let id = '';
  for (const [at, segment] of wanted.entries()) {
    const actual = given[at] ?? '';
    if (segment === ':id' && /^[A-Za-z0-9_-]{1,64}$/.test(actual)) id = actual;
    else if (segment !== actual) return undefined;
  }
  return id;
}
