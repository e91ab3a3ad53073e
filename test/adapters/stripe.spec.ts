import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_KEYS, Seals } from '../../libs/privacy/src/index.js';
import { HttpToolClient } from '../../apps/executor/src/adapters/http-tool-client.js';
import type { Errand } from '../../apps/executor/src/credentials/credential.js';
import { Credentials } from '../../apps/executor/src/credentials/credentials.js';
import { Tools } from '../../apps/executor/src/adapters/tools.js';
import { readOpenApi } from '../../apps/cli/src/tools/read-openapi.js';
import { toolFile } from '../../apps/cli/src/tools/tool-file.js';
import type { Pinned, ToolContract } from '../../libs/domain/src/index.js';
import type { Instant, JsonObject } from '../../libs/kernel/src/index.js';
import { argumentFaults, loadConfig, type ForeignTools } from '../../libs/tools/src/index.js';
import { buildStripeMock, startStripeMock, type StripeMock } from './stripe-mock.js';

const errandWith = (args: JsonObject): Errand => ({ action: { args, run: 'run-1', step: 'act', idempotencyKey: 'key-1' }, jti: 'jti-1', exp: 60 }) as unknown as Errand;

const built = await buildStripeMock();
const missing = 'missing' in built ? built.missing : undefined;
const WANTED = ['PostRefunds', 'GetRefundsRefund', 'GetCustomers', 'PostCustomers', 'PostInvoiceitems', 'DeleteCustomersCustomer'];

describe.skipIf(missing !== undefined)(`Stripe by its own document${missing === undefined ? '' : ` (${missing})`}`, () => {
  let mock: StripeMock;
  let foreign: ForeignTools;
  let tools: Tools;
  const folder = mkdtempSync(join(tmpdir(), 'stripe-'));
  const contracts = new Map<string, Pinned<ToolContract>>();

  beforeAll(async () => {
    if ('missing' in built) return;
    mock = await startStripeMock(built);
    foreign = await readOpenApi(mock.document);
    mkdirSync(join(folder, 'tools'));
    for (const { name, text } of foreign.tools.filter(({ origin }) => WANTED.includes(origin)).map((tool) => toolFile(tool, 'stripe'))) writeFileSync(join(folder, 'tools', name), text);
    const { documents, faults } = loadConfig(folder);
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
    // Stripe's keys are good until somebody revokes them.
    for (const tool of documents.tools) contracts.set(tool.document.id, { ...tool, document: { ...tool.document, longLivedCredential: true } });
    tools = new Tools({
      clients: { http: new HttpToolClient() },
      connections: new Map([['stripe', { url: mock.url, token: 'sk_test_123', allowPrivate: true }]]),
      credentials: new Credentials({ namespace: 'countersign', variables: new Map(), clock: { now: () => 0 as Instant } }),
      blobs: { put: () => Promise.reject(new Error('no blob here')) },
      seals: new Seals(NO_KEYS),
      now: () => 0 as Instant,
    });
  }, 120_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await mock?.close();
  });

  const call = async (name: string, args: JsonObject) => {
    const tool = contracts.get(`stripe.${name}`);
    if (!tool) throw new Error(`there is no ${name} among ${[...contracts.keys()].join()}`);
    expect(argumentFaults(tool, args)).toEqual([]);
    return tools.call(tool, errandWith(args), AbortSignal.timeout(20_000));
  };

  it('becomes a contract for every operation but the one that uploads a file', () => {
    expect(foreign.skipped).toEqual([{ origin: 'PostFiles', why: 'a body that is neither JSON nor a form' }]);
    expect(foreign.tools.length).toBeGreaterThan(500);
  });

  it('takes a form with what lies within in brackets, and answers as it says', async () => {
    const answer = await call('post-refunds', { charge: 'ch_1', amount: 500, metadata: { run: 'run-1', 'a & b': 'c=d' }, expand: ['charge'] });
    expect(answer).toMatchObject({ kind: 'answered', status: 200, faults: [], result: { object: 'refund' } });
  });

  it('takes lists and objects at any depth', async () => {
    const address = { city: 'Berlin', line1: 'Straße 1' };
    expect(await call('post-customers', { name: 'A', address, shipping: { name: 'A', address }, preferred_locales: ['de', 'en'], tax: { ip_address: '' } })).toMatchObject({ kind: 'answered', status: 200, faults: [], result: { object: 'customer' } });
    expect(await call('post-invoiceitems', { customer: 'cus_1', discounts: [{ coupon: 'a' }, { coupon: 'b' }], period: { start: 1, end: 2 } })).toMatchObject({ kind: 'answered', status: 200, faults: [] });
  });

  it('takes a list and an object of the query', async () => {
    expect(await call('get-customers', { created: { gte: 1, lt: 2 }, expand: ['data.default_source'], limit: 3 })).toMatchObject({ kind: 'answered', status: 200, faults: [], result: { object: 'list' } });
  });

  it('refuses what breaks its document: it reads what we send', async () => {
    const refunds = contracts.get('stripe.post-refunds');
    if (!refunds) throw new Error('there are no refunds');
    const wrong = { ...refunds, document: { ...refunds.document, request: { ...refunds.document.request, body: { amount: 'much', none: 'such' } } } };
    expect(await tools.call(wrong, errandWith({}), AbortSignal.timeout(20_000))).toMatchObject({ kind: 'answered', status: 400 });
    const asJson = { ...refunds, document: { ...refunds.document, request: { method: 'POST' as const, path: '/v1/refunds', query: {}, headers: {}, body: { charge: '{charge}' } } } };
    expect(await tools.call(asJson, errandWith({ charge: 'ch_1' }), AbortSignal.timeout(20_000))).toMatchObject({ kind: 'answered', status: 400 });
  });

  it('takes things away, and reads them', async () => {
    expect(await call('delete-customers-customer', { customer: 'cus_1' })).toMatchObject({ kind: 'answered', status: 200, faults: [], result: { deleted: true } });
    expect(await call('get-refunds-refund', { refund: 're_1' })).toMatchObject({ kind: 'answered', status: 200, faults: [] });
  });
});
