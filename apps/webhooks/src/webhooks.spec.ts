import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord, Received, RelayBatch } from '@countersign/bus';
import { decodeEvent, type Event } from '@countersign/contracts';
import { initialControls, type ActiveWebhook, type ControlState } from '@countersign/domain';
import { sha256, type Instant, type Tenant, type Workflow } from '@countersign/kernel';
import { WEBHOOK_EVENTS } from '@countersign/tools';
import { readWebhookSecrets, type WebhookSecret } from './adapters/secrets.js';
import { Delivery } from './delivery.js';
import { endpointsOf, isTold } from './endpoints.js';
import { bodyOf } from './message.js';
import { pauseBefore, TOTAL_TIME, verdictOf } from './retrying.js';
import { WebhooksHandler } from './webhooks.handler.js';

const SAMPLES = new URL('../../../libs/contracts/samples/', import.meta.url);
const sample = (name: string): Event => decodeEvent(readFileSync(new URL(`${name}.1.json`, SAMPLES)));
const REQUESTED = sample('approval.requested');
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const SINCE = 1_767_323_000_000 as Instant;

const received = (event: Event, offset = 5, timestamp: number = SINCE): Received =>
  ({ event, topic: 'approvals', partition: 0, offset, sha256: sha256(''), key: 'acme/refund-desk', record: { topic: 'countersign.approvals', partition: 0, offset, timestamp, key: null, value: null, headers: {} } satisfies LogRecord });

const webhook = (change: Partial<ActiveWebhook['document']> = {}, id = 'ops'): ActiveWebhook =>
  ({ id, version: 1, hash: sha256(id), since: SINCE, document: { id, version: 1, url: 'http://127.0.0.1:9', events: WEBHOOK_EVENTS, tenants: [], workflows: [], secret: 'ops', ...change } });

const inForce = (...webhooks: readonly ActiveWebhook[]): ControlState => ({ ...initialControls(), active: { webhooks } as unknown as NonNullable<ControlState['active']> });

describe('an endpoint', () => {
  it('is told of the events that its file names, of its tenants and workflows, from when it was put in force', () => {
    const told = (change: Partial<ActiveWebhook['document']>, timestamp: number = SINCE): boolean => isTold(webhook(change), received(REQUESTED, 5, timestamp));
    expect(told({})).toBe(true);
    expect(told({ events: ['countersign.approval.granted'] })).toBe(false);
    expect(told({ tenants: ['acme' as Tenant], workflows: ['refund-desk' as Workflow] })).toBe(true);
    expect(told({ tenants: ['globex' as Tenant] })).toBe(false);
    expect(told({ workflows: ['issue-triage' as Workflow] })).toBe(false);
    expect(told({}, SINCE - 1)).toBe(false);
  });

  it('is a group of its own', () => {
    expect([...endpointsOf(inForce(webhook(), webhook({}, 'chat'))).keys()]).toEqual(['ops', 'chat']);
    expect([...endpointsOf(initialControls()).keys()]).toEqual([]);
  });
});

describe('what is told', () => {
  it('of a question is who asks for what and why, and none of its arguments', () => {
    const body = bodyOf(REQUESTED);
    expect(JSON.parse(body)).toMatchObject({ type: 'countersign.approval.requested', data: { event: REQUESTED.id, tenant: 'acme', approval: expect.any(String), tool: 'payments.refund', tier: 2, reasons: [{ rule: 'refund_requires_approval' }] } });
    expect(body).not.toContain('amount_cents');
  });

  it('of any event holds no bytes of a vote, no signature and no argument, and is small', () => {
    const files = readdirSync(SAMPLES).filter((name) => name.startsWith('approval.') && !name.startsWith('approval.required'));
    for (const name of files) {
      const event = sample(name.replace('.1.json', ''));
      const body = bodyOf(event);
      expect(body.length).toBeLessThan(16_384);
      expect(body).not.toMatch(/jws|"vote"|"value"|"args"|"votes"|idempotencyKey/);
      expect(bodyOf(event)).toBe(body);
      expect(JSON.parse(body)).toMatchObject({ type: event.type, timestamp: event.time });
    }
  });
});

describe('an answer', () => {
  it.each([[200, 'done'], [204, 'done'], [301, 'refused'], [307, 'refused'], [400, 'refused'], [401, 'refused'], [404, 'refused'], [410, 'refused'], [408, 'again'], [425, 'again'], [429, 'again'], [500, 'again'], [503, 'again']] as const)('of %i is %s', (status, verdict) => expect(verdictOf(status)).toBe(verdict));

  it('that asks for more time gets it, in growing pauses of chance, and never more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(TOTAL_TIME), fc.float({ min: 0, max: Math.fround(0.999), noNaN: true }), fc.nat(3_600_000), (tries, spent, chance, asked) => {
        const pause = pauseBefore(tries, spent, chance, asked);
        const isOver = spent + Math.max(asked, 60_000) >= TOTAL_TIME;
        expect(pause === undefined ? isOver : pause >= asked && pause <= Math.max(asked, 60_000) && spent + pause < TOTAL_TIME).toBe(true);
      }),
    );
    expect([1, 2, 3, 10].map((tries) => pauseBefore(tries, 0, 0.5))).toEqual([500, 1_000, 2_000, 30_000]);
  });
});

describe('the secrets file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-webhooks-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (content: string, mode = 0o600): string => {
    const path = join(folder, 'webhooks.json');
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };

  it('has one secret of a name, or two while one takes the place of the other', () => {
    expect(readWebhookSecrets(file(JSON.stringify({ ops: { secrets: [SECRET, SECRET], allowPrivate: true, networks: ['10.0.0.0/8'] } })))).toEqual(new Map([['ops', { secrets: [SECRET, SECRET], allowPrivate: true, networks: ['10.0.0.0/8'] }]]));
  });

  it.each([
    ['no JSON', `{"ops": "${SECRET}`],
    ['no secret', '{"ops": {"secrets": []}}'],
    ['three', JSON.stringify({ ops: { secrets: [SECRET, SECRET, SECRET] } })],
    ['one that is too short', '{"ops": {"secrets": ["whsec_c2hvcnQ="]}}'],
    ['an unknown key', JSON.stringify({ ops: { secrets: [SECRET], secret: SECRET } })],
    ['no network', JSON.stringify({ ops: { secrets: [SECRET], networks: ['here'] } })],
  ])('with %s is refused, and no secret is said', (_, content) => {
    expect(() => readWebhookSecrets(file(content))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringMatching(/whsec_[A-Za-z0-9]/) }));
  });

  it('that others can read is refused', () => {
    expect(() => readWebhookSecrets(file('{}', 0o644))).toThrow(/0600/);
  });
});

describe('a delivery', () => {
  interface Hit {
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }
  let server: Server;
  let url: string;
  const hits: Hit[] = [];
  let answers: ((nth: number) => { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang' | 'break') | undefined;
  const letters: { readonly endpoint: string; readonly code: string; readonly message: string }[] = [];
  const book = { append: async (endpoint: string, _record: LogRecord, code: string, message: string) => void letters.push({ endpoint, code, message }) };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        hits.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        const answer = answers?.(hits.length) ?? { status: 204 };
        if (answer === 'hang') return;
        if (answer === 'break') return void request.socket.destroy();
        response.writeHead(answer.status, answer.headers).end();
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    hits.length = 0;
    letters.length = 0;
    answers = undefined;
  });

  const secretsWith = (change: Partial<WebhookSecret> = {}): ReadonlyMap<string, WebhookSecret> => new Map([['ops', { secrets: [SECRET], allowPrivate: true, ...change }]]);
  const delivery = ({ secrets = secretsWith(), controls = () => inForce(webhook({ url })), stopping = new AbortController().signal }: { readonly secrets?: ReadonlyMap<string, WebhookSecret>; readonly controls?: () => ControlState; readonly stopping?: AbortSignal } = {}): Delivery =>
    new Delivery({ controls, secrets, letters: book, log: { warn: () => undefined, info: () => undefined }, stopping, chance: () => 0 });

  it('is verified by any receiver of Standard Webhooks, under the id of the event', async () => {
    await delivery().deliver('ops', received(REQUESTED));
    const [hit] = hits;
    expect(new Webhook(SECRET).verify(hit?.body ?? '', hit?.headers as Record<string, string>)).toEqual(JSON.parse(bodyOf(REQUESTED)));
    expect(hit?.headers).toMatchObject({ 'webhook-id': REQUESTED.id, 'content-type': 'application/json' });
    expect(letters).toEqual([]);
  });

  it('is tried again under the same id until it is taken: after a refusal for now, a fault, and a connection that breaks', async () => {
    answers = (nth) => [{ status: 503 }, 'break' as const, { status: 429, headers: { 'retry-after': '0' } }][nth - 1] ?? { status: 200 };
    await delivery().deliver('ops', received(REQUESTED));
    expect(hits).toHaveLength(4);
    expect(new Set(hits.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([REQUESTED.id]));
    expect(new Set(hits.map(({ body }) => body)).size).toBe(1);
    expect(letters).toEqual([]);
  });

  it.each([[410], [401], [307]])('that is answered with %i is a dead letter at once, and goes nowhere else', async (status) => {
    answers = () => ({ status, headers: { location: `${url}/elsewhere` } });
    await delivery().deliver('ops', received(REQUESTED));
    expect(hits).toHaveLength(1);
    expect(letters).toEqual([{ endpoint: 'ops', code: 'WEBHOOK_REFUSED', message: `http.${status}` }]);
  });

  it('that is asked to wait for longer than it is tried is a dead letter', async () => {
    answers = () => ({ status: 503, headers: { 'retry-after': '3600' } });
    await delivery().deliver('ops', received(REQUESTED));
    expect(letters).toEqual([{ endpoint: 'ops', code: 'WEBHOOK_UNDELIVERED', message: 'http.503 after 1 tries' }]);
  });

  it.each<[string, Partial<WebhookSecret>, string]>([
    ['in a private network that is not allowed', { allowPrivate: false }, 'destination.plain'],
    ['outside of the networks that are', { allowPrivate: false, networks: ['10.0.0.0/8'] }, 'destination.private'],
  ])('to a place %s is never sent', async (_, change, code) => {
    await delivery({ secrets: secretsWith(change) }).deliver('ops', received(REQUESTED));
    expect(hits).toEqual([]);
    expect(letters).toEqual([{ endpoint: 'ops', code: 'WEBHOOK_REFUSED', message: code }]);
  });

  it('to a name that leads into a private network is never sent: what counts is where it leads', async () => {
    const local = webhook({ url: url.replace('127.0.0.1', 'localhost').replace('http:', 'https:') });
    await delivery({ secrets: secretsWith({ allowPrivate: false }), controls: () => inForce(local) }).deliver('ops', received(REQUESTED));
    expect(letters).toEqual([{ endpoint: 'ops', code: 'WEBHOOK_REFUSED', message: 'destination.private' }]);
  });

  it('without a secret is a dead letter, and nothing leaves unsigned', async () => {
    await delivery({ secrets: new Map() }).deliver('ops', received(REQUESTED));
    expect(hits).toEqual([]);
    expect(letters).toMatchObject([{ code: 'WEBHOOK_SECRET_MISSING' }]);
  });

  it('ends with the service, and what is not taken is not handled', async () => {
    answers = () => 'hang';
    const stop = new AbortController();
    const running = delivery({ stopping: stop.signal }).deliver('ops', received(REQUESTED));
    setTimeout(() => stop.abort(), 50);
    await expect(running).rejects.toMatchObject({ retry: 'later' });
    expect(letters).toEqual([]);
  });

  it('follows what is in force: an endpoint that is gone is told nothing more', async () => {
    let controls = inForce(webhook({ url }));
    answers = () => {
      controls = inForce();
      return { status: 503 };
    };
    await delivery({ controls: () => controls }).deliver('ops', received(REQUESTED));
    expect(hits).toHaveLength(1);
    expect(letters).toEqual([]);
  });
});

describe('a batch', () => {
  const batch = (events: readonly Received[], from = 5): RelayBatch => ({ topic: 'approvals', partition: 0, from, next: from + events.length, reader: '', rejected: [], passedOver: [], received: events, group: 'ops' });
  const many = Array.from({ length: 10 }, (_, index) => received(REQUESTED, 5 + index));

  it('is handled when all of it is told; a slow one is not waited for with the others', async () => {
    const told: number[] = [];
    const slow = Promise.withResolvers<void>();
    const handler = new WebhooksHandler({
      controls: () => inForce(webhook()),
      letters: { has: async () => false },
      delivery: {
        deliver: async (_endpoint, { record }) => {
          if (record.offset === 5) await slow.promise;
          told.push(record.offset);
        },
      },
    });
    let isDone = false;
    const running = handler.handle(batch(many)).then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(isDone).toBe(false);
    slow.resolve();
    await running;
    expect(told).toHaveLength(10);
  });

  it('of which one breaks off is not handled', async () => {
    const handler = new WebhooksHandler({ controls: () => inForce(webhook()), letters: { has: async () => false }, delivery: { deliver: (_endpoint, { record }) => (record.offset === 7 ? Promise.reject(new Error('the service stops')) : Promise.resolve()) } });
    await expect(handler.handle(batch(many))).rejects.toThrow('the service stops');
  });

  it('that somebody has handled again is for the endpoint that was not told, and for no other', async () => {
    const told: number[] = [];
    const handler = new WebhooksHandler({
      controls: () => inForce(webhook()),
      letters: { has: async (endpoint, { offset }) => endpoint === 'ops' && offset === 3 },
      delivery: { deliver: async (_endpoint, { record }) => void told.push(record.offset) },
    });
    await handler.handle(batch([received(REQUESTED, 3)], 9));
    await handler.handle(batch([received(REQUESTED, 4)], 9));
    expect(told).toEqual([3]);
  });
});
