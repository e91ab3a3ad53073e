import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { httpWorld, POST } from './spec-support/http-world.js';
import { errandWith, pageTool, RUN, soon, toolsOf } from './spec-support/page-tools.js';
import { KEY, toolClientSuite } from './spec-support/tool-client-suite.js';
import { WebhookToolClient } from './webhook-tool-client.js';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;
const DONE = { kind: 'answered' } as const;

toolClientSuite(
  'webhook',
  () => new WebhookToolClient(),
  httpWorld({ request: { ...POST, headers: { 'webhook-id': KEY } }, connection: { secret: SECRET }, noBody: true, ends: { 'answers at length': DONE, 'answers at length, unannounced': DONE, 'answers no JSON': DONE, 'stops half-way': DONE } }),
);

describe('the web hook of the page', () => {
  const tool = pageTool('partner.shipment.notify');
  let server: Server;
  let url: URL;
  const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.end('thank you');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`);
  });
  afterAll(() => new Promise((done) => server.close(done)));

  it('is one that any receiver of Standard Webhooks verifies, under the same id each time', async () => {
    const tools = toolsOf(tool, new WebhookToolClient(), { url, secret: SECRET, allowPrivate: true });
    const errand = errandWith({ order: 'A-1' });
    for (let nth = 0; nth < 2; nth += 1) expect(await tools.call(tool, errand, soon())).toMatchObject({ kind: 'answered', status: 200, faults: [], result: {} });
    const bodies = received.map(({ headers, body }) => new Webhook(SECRET).verify(body, headers as Record<string, string>));
    expect(bodies).toEqual([1, 2].map(() => ({ type: 'order.shipped', order: 'A-1', run: RUN, step: 'act' })));
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([errand.action.idempotencyKey, errand.action.idempotencyKey]);
    expect(() => new Webhook(`whsec_${Buffer.from('another secret of many bytes').toString('base64')}`).verify(received[0]?.body ?? '', received[0]?.headers as Record<string, string>)).toThrow('No matching signature found');
  });

  it('is not sent without anything to sign it with', async () => {
    const before = received.length;
    expect(await toolsOf(tool, new WebhookToolClient(), { url, allowPrivate: true }).call(tool, errandWith({ order: 'A-1' }), soon())).toMatchObject({ kind: 'refused', code: 'webhook.no-secret' });
    expect(received).toHaveLength(before);
  });
});
