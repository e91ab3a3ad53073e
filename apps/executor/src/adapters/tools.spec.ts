import { describe, expect, it } from 'vitest';
import type { Pinned, ToolContract } from '@countersign/domain';
import { sha256, type Instant, type JsonObject } from '@countersign/kernel';
import { brokerOf, errandWith } from './spec-support/page-tools.js';
import type { ToolAnswer } from './tool-client.js';
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
