import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace, type Span, type SpanOptions, type Tracer } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Guard } from '@countersign/bus';
import { NO_KEYS, Seals } from '@countersign/privacy';
import { actionHashOf, type Event } from '@countersign/contracts';
import { initialExecutions, NO_STOPS, type ControlState, type KillSwitch, type ModeSetting, type ExecutionWork } from '@countersign/domain';
import { generateKey, keyIdOf, rawEncryptionKeyOf, rawPublicKeyOf, sealGrantToken } from '@countersign/identity';
import { idempotencyKeyOf, timestamp, type Instant, type KeyId, type Sha256 } from '@countersign/kernel';
import { HttpToolClient } from './adapters/http-tool-client.js';
import { eventually } from './adapters/spec-support/processes.js';
import { GrantMemory } from './adapters/grant-memory.js';
import { Tools } from './adapters/tools.js';
import type { CredentialBroker } from './credentials/credential.js';
import { Credentials } from './credentials/credentials.js';
import { GrantTokens } from './credentials/grant-tokens.js';
import { ExecutorHandler } from './executor.handler.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const KEY = '0123456789abcdef' as KeyId;
const HASH = '3b'.repeat(32) as Sha256;
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/desk/agent/desk';
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream';

const place = { tenant: 'acme', workflow: 'desk', run: 'run-AAAAAAAAAAAAAAAAAAAAAA', step: 'refund' };
const action = { ...place, tool: 'payments.refund', toolContractHash: HASH, args: { amount: 5 }, destination: 'payments', idempotencyKey: idempotencyKeyOf(place.tenant, place.run, place.step), dryRun: false };
const seconds = NOW / 1_000;
const grantFor = (cnf: KeyId): Event<'countersign.action.allowed'> => ({
  ...place,
  id: 'grant-event',
  type: 'countersign.action.allowed',
  data: {
    action, actionHash: actionHashOf(action as never), iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat: seconds, exp: seconds + 60, jti: 'jti-1', cnf,
    policySet: HASH, controlEpoch: 3, reservation: { microUsd: 0, toolCalls: 1, writes: 1, records: 1, retries: 2, wallClockMs: 0, day: '2026-01-02', month: '2026-01' }, rules: [], votes: [], tier: 0, quorum: 0, roles: [], runDeadline: timestamp((NOW + 3_600_000) as Instant),
  },
}) as unknown as Event<'countersign.action.allowed'>;
const grant = grantFor(KEY);

const tool = {
  attributes: {},
  resultLimits: {},
  id: 'payments.refund', effect: 'write', connection: 'payments', adapter: 'http', timeout: 5_000, attempts: 3, cost: 0, maxResultBytes: 1_000,
  args: { type: 'object' }, result: { type: 'object' }, idempotency: { kind: 'key', memory: 86_400_000 },
  request: { method: 'POST', path: '/refunds', query: {}, headers: { 'Idempotency-Key': '{idempotency_key}' }, body: { amount: '{amount}' } },
};
const controlsWith = (tools: ReadonlyMap<string, unknown>): ControlState => ({ epoch: 3, files: { tool: tools }, authors: new Map(), active: { contracts: [] }, stops: NO_STOPS }) as unknown as ControlState;
const CONTROLS = controlsWith(new Map([[HASH, { id: 'payments-refund', version: 1, hash: HASH, document: tool }]]));

const WORK = { id: 'w', cause: {}, bulkhead: 'payments.refund', notBefore: NOW, kind: 'call', jti: 'jti-1', attempt: 1, grant: { id: 'grant-event' }, tenant: 'acme', workflow: 'desk', toolContractHash: HASH, deadline: NOW + 5_000 } as unknown as ExecutionWork;
const FREE: Guard = { canAct: () => true, controlsFresh: () => true, controlsCaughtUp: () => Promise.resolve() };

describe('the last look before a side effect', () => {
  let server: Server;
  let calls: (string | undefined)[];
  let url: URL;
  /** The server keeps its answer until `release`, unless told otherwise. */
  let answers: boolean;
  let release: () => unknown;

  beforeAll(async () => {
    server = createServer((request, response) => {
      calls.push(String(request.headers['idempotency-key']));
      const answer = (): unknown => response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"re_1"}');
      request.resume().on('end', () => void (answers ? answer() : (release = answer)));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  beforeEach(() => {
    calls = [];
    answers = true;
  });
  afterAll(() => new Promise((done) => server.close(done)));

  let heard: () => void = () => undefined;
  const onControls = (listener: () => void) => {
    heard = listener;
    return () => undefined;
  };
  const handlerAt = (now: Instant = NOW, controls: () => ControlState = () => CONTROLS, remembered = grant): ExecutorHandler => {
    const http = new HttpToolClient();
    const tools = new Tools({ clients: { http, github: http }, connections: new Map([['payments', { url, allowPrivate: true }]]), credentials: new Credentials({ namespace: 'countersign', variables: new Map(), clock: { now: () => now } }), blobs: { put: () => Promise.reject(new Error('no blob here')) }, seals: new Seals(NO_KEYS), now: () => now });
    const grants = new GrantMemory({ grantOf: () => Promise.reject(new Error('the grant is remembered')), questionOf: () => Promise.reject(new Error('the question is remembered')) });
    grants.remember(remembered);
    return new ExecutorHandler({ keys: [KEY], tools, grants, tokens: new GrantTokens(generateKey()), controls, onControls, clock: { now: () => now }, partitions: 1 });
  };
  const perform = (handler: ExecutorHandler, guard: Partial<Guard> = {}, signal = new AbortController().signal) => handler.perform(WORK, signal, { ...FREE, ...guard });

  it('lets the call through, once, with the key of the step', async () => {
    expect(await perform(handlerAt())).toMatchObject({ kind: 'answered', status: 201, result: { id: 're_1' } });
    expect(calls).toEqual([action.idempotencyKey]);
  });

  it('is seen as a span of the tool, with ids and without what it is called with', async () => {
    const spans: { readonly name: string; readonly attributes: object | undefined }[] = [];
    const span = { setAttribute: () => span, setStatus: () => span, end: () => undefined } as unknown as Span;
    const startActiveSpan = (name: string, { attributes }: SpanOptions, work: (span: Span) => unknown): unknown => {
      spans.push({ name, attributes });
      return work(span);
    };
    trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) as unknown as Tracer });
    await perform(handlerAt()).finally(() => trace.disable());
    expect(spans).toEqual([
      {
        name: 'execute_tool payments.refund',
        attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'payments.refund', 'gen_ai.workflow.name': 'desk', 'countersign.tenant': 'acme', 'countersign.run': place.run, 'countersign.step': 'refund', 'countersign.attempt': 1 },
      },
    ]);
  });

  it('calls a tool as often at a time as its contract says', () => {
    const narrow = { ...tool, concurrency: 2 };
    const pinned = { id: 'payments-refund', version: 1, hash: HASH, document: narrow };
    const controls = { ...CONTROLS, active: { tools: new Map([['payments.refund', pinned]]) } } as unknown as ControlState;
    expect(handlerAt().widthOf('payments.refund', controls)).toBe(2);
    expect(handlerAt().widthOf('payments.charge', controls)).toBeUndefined();
  });

  it('calls nothing where the heartbeat is too old', async () => {
    expect(await perform(handlerAt(), { canAct: () => false })).toMatchObject({ kind: 'not-sent' });
    expect(calls).toEqual([]);
  });

  it('calls nothing once the partition is lost or the deadline has passed', async () => {
    expect(await perform(handlerAt(), {}, AbortSignal.abort())).toMatchObject({ kind: 'not-sent' });
    expect(await perform(handlerAt((NOW + 5_000) as Instant))).toMatchObject({ kind: 'not-sent' });
    expect(calls).toEqual([]);
  });

  it('waits for the controls where they may be old, and acts on what they say then', async () => {
    let now = CONTROLS;
    const handler = handlerAt(NOW, () => now);
    const caughtUp = (): Promise<void> => {
      now = { ...CONTROLS, epoch: 2 };
      return Promise.resolve();
    };
    expect(await perform(handler, { controlsFresh: () => false, controlsCaughtUp: caughtUp })).toEqual({ kind: 'not-sent', code: 'controls.behind', latencyMs: 0 });
    expect(calls).toEqual([]);
  });

  const stopped = (epoch: number, stands = true): ControlState => {
    const kill = { scope: 'tool', value: 'payments.refund', reason: 'an incident', epoch, at: NOW, by: UPSTREAM, stands } as unknown as KillSwitch;
    return { ...CONTROLS, epoch, stops: { ...NO_STOPS, kills: new Map([['tool:payments.refund', kill]]), newestKill: epoch } };
  };

  it('calls nothing under a grant that is older than a kill, and says which', async () => {
    expect(await perform(handlerAt(NOW, () => stopped(4)))).toEqual({ kind: 'not-sent', code: 'killed', latencyMs: 0 });
    expect(await perform(handlerAt(NOW, () => stopped(5, false)))).toEqual({ kind: 'not-sent', code: 'killed', latencyMs: 0 });
    expect(calls).toEqual([]);
  });

  it('calls nothing while a mode holds the action', async () => {
    const setting = { scope: 'all', value: '', mode: 'read-only', reason: 'an incident', epoch: 4, at: NOW, by: UPSTREAM } as unknown as ModeSetting;
    const safe = { ...CONTROLS, epoch: 4, stops: { ...NO_STOPS, modes: new Map([['all:', setting]]) } };
    expect(await perform(handlerAt(NOW, () => safe))).toEqual({ kind: 'not-sent', code: 'mode', latencyMs: 0 });
    expect(calls).toEqual([]);
  });

  it.each([
    ['a kill over it breaks off', () => stopped(4), 'broken'],
    ['other controls leave alone', () => ({ ...CONTROLS, epoch: 4 }), 'answered'],
  ])('sends a call that %s', async (_, change, kind) => {
    let now = CONTROLS;
    answers = false;
    const outcome = perform(handlerAt(NOW, () => now));
    await eventually(() => calls.length === 1);
    now = change();
    heard();
    if (kind === 'answered') release();
    expect(await outcome).toMatchObject(kind === 'broken' ? { kind, code: 'killed' } : { kind });
  });

  it('calls nothing under a grant that has run out', async () => {
    const late = { ...WORK, deadline: NOW + 90_000 } as ExecutionWork;
    expect(await handlerAt((NOW + 61_000) as Instant).perform(late, new AbortController().signal, FREE)).toEqual({ kind: 'not-sent', code: 'expired', latencyMs: 0 });
    expect(calls).toEqual([]);
  });

  it.each([
    ['the heartbeat has become too old', { canAct: false }, 'attempt.interrupted'],
    ['the grant has run out', { now: (NOW + 61_000) as Instant }, 'expired'],
    ['a kill came', { controls: stopped(4) }, 'killed'],
  ])('calls nothing where %s while the credential was fetched', async (_, change, code) => {
    let world: { now: Instant; controls: ControlState; canAct: boolean } = { now: NOW, controls: CONTROLS, canAct: true };
    const credentials: CredentialBroker = {
      credentialFor: () => {
        world = { ...world, ...change };
        return Promise.resolve({ kind: 'given', credential: { kind: 'bearer', value: 'token' } });
      },
      forget: () => undefined,
    };
    const { tools, ...parts } = handlerAt()['parts'];
    const guarded = new Tools({ ...tools['options'], connections: new Map([['payments', { url, token: 'token', allowPrivate: true }]]), credentials });
    const handler = new ExecutorHandler({ ...parts, tools: guarded, controls: () => world.controls, clock: { now: () => world.now } });
    const late = { ...WORK, deadline: NOW + 90_000 } as ExecutionWork;
    expect(await handler.perform(late, new AbortController().signal, { ...FREE, canAct: () => world.canAct })).toMatchObject({ kind: 'not-sent', code });
    expect(calls).toEqual([]);
  });

  it('refuses a grant for another key before anything is announced', () => {
    const handler = handlerAt();
    const other = grantFor('fedcba9876543210' as KeyId);
    const outputs = handler.handle({ event: other } as never, initialExecutions(), { now: NOW, partition: 0, controls: CONTROLS, controlEpoch: 3 });
    expect(outputs).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'key.wrong', key: KEY } }]);
  });

  it('acts on a grant of a tool that takes a token only if policy has put the right one in', async () => {
    const [policys, executors] = [generateKey(), generateKey()];
    const policyKey = keyIdOf(rawPublicKeyOf(policys));
    const exchanging = { id: 'payments-refund', version: 1, hash: HASH, document: { ...tool, credential: 'token-exchange' } };
    const controls = { ...controlsWith(new Map([[HASH, exchanging]])), keys: new Map([[policyKey, { key: policyKey, service: 'policy', publicKey: rawPublicKeyOf(policys), announced: 0 }]]) } as ControlState;
    const handler = new ExecutorHandler({ ...handlerAt()['parts'], controls: () => controls, tokens: new GrantTokens(executors) });
    const handle = async (credential: string) => handler.handle({ event: { ...grant, data: Object.assign({}, grant.data, { credential }) } } as never, initialExecutions(), { now: NOW, partition: 0, controls, controlEpoch: 3 });
    const seal = (data = grant.data) => sealGrantToken(data, { signingKey: policys, encryptionKey: rawEncryptionKeyOf(executors) });
    expect(await handle(await seal())).toMatchObject([{ type: 'countersign.attempt.started' }]);
    expect(await handle(await seal(Object.assign({}, grant.data, { jti: 'jti-2' })))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'token.differs' } }]);
  });

  it('calls nothing under a grant that is for another key: its attempt was begun by somebody else', async () => {
    const handler = handlerAt(NOW, () => CONTROLS, grantFor('fedcba9876543210' as KeyId));
    expect(await perform(handler)).toEqual({ kind: 'not-sent', code: 'key.wrong', key: KEY, latencyMs: 0 });
    expect(calls).toEqual([]);
  });
});
