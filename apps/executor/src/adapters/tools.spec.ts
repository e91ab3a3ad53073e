import { describe, expect, it } from 'vitest';
import type { Pinned, ToolContract } from '@countersign/domain';
import { sealOf, sha256, type Instant, type JsonObject } from '@countersign/kernel';
import { NO_KEYS, Seals, type KeyStore } from '@countersign/privacy';
import { keysOfTest } from './spec-support/keys.js';
import { brokerOf, errandWith } from './spec-support/page-tools.js';
import type { ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';
import { MAX_RESULT_BYTES, Tools } from './tools.js';

const CANARY = 's3cret-of-the-outside';
const properties = { id: { type: 'string' }, token: { type: 'string', 'x-class': 'secret' }, filler: { type: 'string' }, mail: { type: 'string', 'x-class': 'personal' } };
const document = {
  id: 'keys.create', connection: 'keys', adapter: 'http', effect: 'write', args: { type: 'object', properties: {} }, result: { type: 'object', additionalProperties: false, properties },
  request: { method: 'POST', path: '/keys', query: {}, headers: {} }, outsideId: '/token', withhold: ['personal'], resultLimits: {}, attributes: {}, maxResultBytes: 100_000,
  readBack: { request: { method: 'GET', path: '/keys', query: {}, headers: {} }, expect: {} },
} as unknown as ToolContract;
const tool: Pinned<ToolContract> = { id: 'keys-create', version: 1, hash: sha256('keys.create, secret'), document };

const toolsWith = (body: JsonObject, blobs: string[] = []): Tools =>
  new Tools({
    clients: { http: { send: () => Promise.resolve<ToolAnswer>({ kind: 'answered', status: 200, body }) } },
    connections: new Map([['keys', { url: new URL('https://keys.example') }]]),
    credentials: brokerOf(),
    blobs: { put: (bytes) => Promise.resolve(void blobs.push(Buffer.from(bytes).toString()) as never) },
    seals: keysOfTest().seals,
    now: () => 0 as Instant,
  });
const signal = new AbortController().signal;

describe('a secret that a tool answers with', () => {
  const body = { id: 'k_1', token: CANARY, mail: 'a@b.example' };

  it('is not in what is made of the answer, nor in the id of the effect', async () => {
    const outcome = await toolsWith(body).call(tool, errandWith({}), signal);
    expect(outcome).toMatchObject({ kind: 'answered', faults: [], result: { id: 'k_1', token: '[withheld: secret]', mail: '[withheld: personal]' } });
    expect(JSON.stringify(outcome)).not.toContain(CANARY);
  });

  it('is not in what lies beside the log', async () => {
    const blobs: string[] = [];
    await toolsWith({ ...body, filler: 'x'.repeat(MAX_RESULT_BYTES) }, blobs).call(tool, errandWith({}), signal);
    expect(blobs).toHaveLength(1);
    expect(blobs[0]).not.toContain(CANARY);
  });

  it('is not in what was read back', async () => {
    const { readBack } = document;
    if (!readBack) throw new Error('it is never looked at');
    const outcome = await toolsWith(body).readBack(tool, readBack, errandWith({}), signal);
    expect(outcome).toMatchObject({ kind: 'found', result: { token: '[withheld: secret]' } });
    expect(JSON.stringify(outcome)).not.toContain(CANARY);
  });
});

it('a tool whose kind of system nobody speaks to here is refused', async () => {
  const other = { ...tool, document: { ...document, adapter: 'slack' as const } };
  expect(await toolsWith({}).call(other, errandWith({}), signal)).toMatchObject({ kind: 'refused', code: 'adapter.none' });
});

describe('what is personal', () => {
  const ADDRESS = 'ada.canary@example.com';
  const personal = { type: 'string', 'x-class': 'personal' };
  const receipt = {
    ...document,
    id: 'receipts.send',
    args: { type: 'object', additionalProperties: false, properties: { charge: { type: 'string' }, to: { ...personal, format: 'email' } } },
    result: { type: 'object', additionalProperties: false, properties: { id: { type: 'string' }, said: { type: 'string' }, name: personal } },
    request: { method: 'POST', path: '/receipts', query: {}, headers: {}, body: { to: '{to}' } },
    outsideId: '/id',
    withhold: [],
    readBack: { request: { method: 'GET', path: '/receipts', query: {}, headers: {} }, expect: { '/said': { op: 'contains', text: '{to}' } } },
  } as unknown as ToolContract;
  const sending: Pinned<ToolContract> = { id: 'receipts-send', version: 1, hash: sha256('receipts.send, personal'), document: receipt };
  const answer = { id: 're_1', said: `sent to ${ADDRESS}`, name: 'Ada Canary' };

  const world = (body: JsonObject = answer): { readonly tools: Tools; readonly asked: ToolRequest[]; readonly keys: KeyStore; readonly seals: Seals; readonly sealedFor: (tenant: string, value?: string) => Promise<string> } => {
    const { keys, seals } = keysOfTest();
    const asked: ToolRequest[] = [];
    const http: ToolClient = { send: (_connection, request) => Promise.resolve<ToolAnswer>((asked.push(request), { kind: 'answered', status: 200, body })) };
    const tools = new Tools({ clients: { http }, connections: new Map([['keys', { url: new URL('https://keys.example') }]]), credentials: brokerOf(), blobs: { put: () => Promise.reject(new Error('no blob here')) }, seals, now: () => 0 as Instant });
    const sealedFor = async (tenant: string, value = ADDRESS): Promise<string> => (await seals.sealer({ tenant, run: 'run-AAAAAAAAAAAAAAAAAAAAAA' }, { kind: 'subject', id: 'ada' })).seal(value, 'personal');
    return { tools, asked, keys, seals, sealedFor };
  };

  it('is opened for the call, and nothing of it is in what is written down: neither as it was sent nor as the tool says it again', async () => {
    const { tools, asked, seals, sealedFor } = world();
    const to = await sealedFor('acme');
    const outcome = await tools.call(sending, errandWith({ charge: 'ch_1', to }), signal);
    expect(asked).toMatchObject([{ body: { to: ADDRESS } }]);
    expect(outcome).toMatchObject({ kind: 'answered', faults: [], outsideId: 're_1', result: { id: 're_1', said: 'sent to [sealed]', name: expect.stringMatching(/^sealed:/) } });
    expect(JSON.stringify(outcome)).not.toMatch(/canary/i);
    const { name } = (outcome as unknown as { readonly result: { readonly name: string } }).result;
    expect(await seals.open(name, 'acme')).toBe('Ada Canary');
  });

  it('is hidden whole where another value is a part of it, and in names that the tool makes up', async () => {
    const open = { ...receipt, args: { type: 'object', properties: { to: personal, name: personal } }, result: { type: 'object', properties: { said: { type: 'string' }, more: { type: 'object' } } } } as unknown as ToolContract;
    const { tools, sealedFor } = world({ said: 'mail to anna.schmidt@example.org', more: { 'anna.schmidt@example.org': 1 } });
    const outcome = await tools.call({ id: 'open', version: 1, hash: sha256('open, personal'), document: open }, errandWith({ name: await sealedFor('acme', 'anna'), to: await sealedFor('acme', 'anna.schmidt@example.org') }), signal);
    expect(outcome).toMatchObject({ kind: 'answered', result: { said: 'mail to [sealed]' } });
    expect(JSON.stringify(outcome)).not.toMatch(/anna|schmidt/);
  });

  it('is not in the places of faults, which have the names that the tool made up', async () => {
    const { tools, sealedFor } = world({ id: 're_1', 'ada.canary@example.com': 1 });
    const outcome = await tools.call(sending, errandWith({ to: await sealedFor('acme') }), signal);
    expect(outcome).toMatchObject({ kind: 'answered', faults: [{ pointer: '/*', message: 'has a key that the schema does not know' }] });
  });

  it('is the same sealed value where the tool gives back just that', async () => {
    const { tools, sealedFor } = world({ id: 're_1', said: ADDRESS });
    const to = await sealedFor('acme');
    expect(await tools.call(sending, errandWith({ to }), signal)).toMatchObject({ result: { said: to } });
  });

  it('is opened to look at the effect, and sealed in what is found', async () => {
    const { tools, sealedFor } = world();
    const { readBack } = receipt;
    if (!readBack) throw new Error('it is never looked at');
    const outcome = await tools.readBack(sending, readBack, errandWith({ to: await sealedFor('acme') }), signal);
    expect(outcome).toMatchObject({ kind: 'found', faults: [], result: { said: 'sent to [sealed]' } });
    expect(JSON.stringify(outcome)).not.toMatch(/canary/i);
  });

  it.each([
    ['whose key was destroyed', 'key.shredded', async ({ keys, sealedFor }: ReturnType<typeof world>) => {
      const to = await sealedFor('acme');
      await keys.shred('acme', sealOf(to)?.kid ?? '');
      return to;
    }],
    ['of another tenant', 'seal.invalid', ({ sealedFor }: ReturnType<typeof world>) => sealedFor('globex')],
    ['that breaks the schema of the tool once it is opened', 'args.invalid', ({ sealedFor }: ReturnType<typeof world>) => sealedFor('acme', 'no address')],
  ])('is not sent %s: the call is refused', async (_, code, make) => {
    const here = world();
    expect(await here.tools.call(sending, errandWith({ to: await make(here) }), signal)).toMatchObject({ kind: 'refused', code });
    expect(here.asked).toEqual([]);
  });

  it('stays unreadable in a run whose key was destroyed: what a tool says of it opens for nobody, and is no argument of a call', async () => {
    const { tools, asked, keys, seals } = world();
    const run = { kind: 'run', id: 'run-AAAAAAAAAAAAAAAAAAAAAA' } as const;
    await keys.shred('acme', (await keys.keyFor('acme', run, run.id)).kid);
    const outcome = await tools.call(sending, errandWith({ charge: 'ch_1' }), signal);
    expect(outcome).toMatchObject({ kind: 'answered', faults: [], result: { id: 're_1', name: expect.stringMatching(/^sealed:/) } });
    const { name } = (outcome as unknown as { readonly result: { readonly name: string } }).result;
    await expect(seals.open(name, 'acme')).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
    expect(await tools.call(sending, errandWith({ to: name }), signal)).toMatchObject({ kind: 'refused', code: 'key.shredded' });
    expect(asked).toHaveLength(1);
  });

  it('keeps a tool from being called whose answer nobody could seal', async () => {
    const { asked } = world();
    const without = new Tools({ clients: {}, connections: new Map(), credentials: brokerOf(), blobs: { put: () => Promise.reject(new Error('no blob here')) }, seals: new Seals(NO_KEYS), now: () => 0 as Instant });
    expect(await without.call(sending, errandWith({ charge: 'ch_1' }), signal)).toMatchObject({ kind: 'not-sent', code: 'key.unavailable' });
    expect(asked).toEqual([]);
  });
});
