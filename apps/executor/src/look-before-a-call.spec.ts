import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Guard } from '@countersign/bus';
import { NO_KEYS, Seals } from '@countersign/privacy';
import { newEvent, type Event, type EventData } from '@countersign/contracts';
import { previewOf, type CallOutcome, type ControlState, type ExecutionWork, type PreviewOutcome, type ToolContract } from '@countersign/domain';
import { generateKey } from '@countersign/identity';
import { hours, sha256, timestamp, type Instant } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, AGENT, controlsWith, EXECUTOR_KEY, GET_CHARGE, proposalOf, REFUND, REFUND_DESK, reservationFor, RUN, stopping, UPSTREAM } from '@countersign/testing/refund-desk';
import { HttpToolClient } from './adapters/http-tool-client.js';
import { GrantMemory } from './adapters/grant-memory.js';
import { Tools } from './adapters/tools.js';
import { Credentials } from './credentials/credentials.js';
import { GrantTokens } from './credentials/grant-tokens.js';
import { ExecutorHandler } from './executor.handler.js';

const SHOWING: ToolContract = {
  ...REFUND,
  longLivedCredential: true,
  preview: { kind: 'dry-run', request: { method: 'POST', path: '/charges/{charge}/refunds/dry-run', query: {}, headers: {}, body: { amount_cents: '{amount_cents}' } }, changes: [{ field: 'refunded', now: { from: 'answer', pointer: '/now' }, after: { from: 'answer', pointer: '/after' } }] },
};
const CONTROLS = controlsWith({ tools: [GET_CHARGE, SHOWING] });
const { action, actionHash } = proposalOf(SHOWING, 'refund');
const place = { service: 'policy', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;
const END = timestamp((NOW + hours(1)) as Instant);
const IAT = NOW / 1_000;

const shownAs = (now: number, after: number) => previewOf({ kind: 'dry-run', changes: [{ field: 'refunded', now, after }] });
/** Policy says that people were shown it; that nobody was asked keeps signatures out of this. */
const grantWith = (change: Partial<EventData<'countersign.action.allowed'>> = {}): Event<'countersign.action.allowed'> =>
  newEvent({ ...place, type: 'countersign.action.allowed', subject: 'jti-1', data: { action, actionHash, iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat: IAT, exp: IAT + 60, jti: 'jti-1', cnf: EXECUTOR_KEY, policySet: sha256('set'), controlEpoch: 3, reservation: reservationFor(SHOWING), rules: [], votes: [], tier: 3, quorum: 0, roles: [], previewHash: shownAs(0, 1_200).hash, runDeadline: END, ...change } });
const QUESTION = newEvent({ ...place, type: 'countersign.approval.required', subject: 'ask-1', data: { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 3, tier: 3, quorum: 1, roles: [], deadline: END, day: '2026-01-02', month: '2026-01', sub: UPSTREAM, act: AGENT, preview: { aud: 'executor', iat: IAT, exp: IAT + 30, jti: 'look-1', cnf: EXECUTOR_KEY }, runDeadline: END } });

const FREE: Guard = { canAct: () => true, controlsFresh: () => true, controlsCaughtUp: () => Promise.resolve() };

describe('the executor', () => {
  let asked: string[] = [];
  let dryRun: { readonly status: number; readonly body: object };
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    request.resume().on('end', () => {
      const { status, body } = String(request.url).endsWith('dry-run') ? dryRun : { status: 201, body: { refund: 're_1' } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  let url: URL;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  beforeEach(() => {
    asked = [];
    dryRun = { status: 200, body: { now: 0, after: 1_200 } };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const handlerWith = (grant: Event<'countersign.action.allowed'>, controls: () => ControlState = () => CONTROLS, now = NOW): ExecutorHandler => {
    const clock = { now: () => now };
    const tools = new Tools({ clients: { http: new HttpToolClient() }, connections: new Map([['payments', { url, allowPrivate: true }]]), credentials: new Credentials({ namespace: 'countersign', variables: new Map(), clock }), blobs: { put: () => Promise.reject(new Error('no blob here')) }, seals: new Seals(NO_KEYS), now: clock.now });
    const nothing = (): Promise<never> => Promise.reject(new Error('it is remembered'));
    const grants = new GrantMemory({ grantOf: nothing, questionOf: nothing });
    grants.remember(grant);
    grants.remember(QUESTION);
    return new ExecutorHandler({ keys: [EXECUTOR_KEY], tools, grants, tokens: new GrantTokens(generateKey()), controls, onControls: () => () => undefined, clock, partitions: 1 });
  };
  const workOn = (kind: 'call' | 'preview', event: Event, change: Partial<ExecutionWork> = {}): ExecutionWork =>
    ({ id: 'w', cause: {}, bulkhead: SHOWING.id, notBefore: NOW, kind, jti: kind === 'call' ? 'jti-1' : 'look-1', attempt: kind === 'call' ? 1 : 0, mayBeDone: false, grant: { id: event.id }, tenant: ACME, workflow: REFUND_DESK, toolContractHash: action.toolContractHash, deadline: NOW + 30_000, ...change }) as unknown as ExecutionWork;
  const call = (grant = grantWith(), change: Partial<ExecutionWork> = {}): Promise<CallOutcome> => handlerWith(grant).perform(workOn('call', grant, change), new AbortController().signal, FREE) as Promise<CallOutcome>;
  const LOOK = '/charges/ch_1/refunds/dry-run';
  const REFUNDS = '/charges/ch_1/refunds';

  it('looks once more before it does what people of tier 3 were shown, and does it', async () => {
    expect(await call()).toMatchObject({ kind: 'answered', status: 201 });
    expect(asked).toEqual([LOOK, REFUNDS]);
  });

  it.each([
    ['something else would be done', { status: 200, body: { now: 900, after: 2_100 } }],
    ['the tool refuses it now', { status: 409, body: {} }],
    ['the answer makes no sense', { status: 200, body: [] }],
  ])('does nothing where %s', async (_why, answer) => {
    dryRun = answer;
    expect(await call()).toMatchObject({ kind: 'not-sent', code: 'preview.changed' });
    expect(asked).toEqual([LOOK]);
  });

  it('does nothing where the tool does not say, and may try again', async () => {
    dryRun = { status: 503, body: {} };
    expect(await call()).toEqual({ kind: 'not-sent', code: 'http.503', latencyMs: 0 });
    expect(asked).toEqual([LOOK]);
  });

  it('does not look again below tier 3, where nothing was shown, and behind a call that may have had its effect', async () => {
    dryRun = { status: 200, body: { now: 1, after: 2 } };
    const { previewHash: _shown, ...unseen } = grantWith().data;
    for (const [grant, change] of [[grantWith({ tier: 2 }), {}], [{ ...grantWith(), data: unseen }, {}], [grantWith(), { mayBeDone: true }]] as const) expect(await call(grant, change)).toMatchObject({ kind: 'answered' });
    expect(asked).toEqual([REFUNDS, REFUNDS, REFUNDS]);
  });

  it('asks under leave to look, and never for more than that', async () => {
    const look = (controls = CONTROLS, now = NOW): Promise<PreviewOutcome> => handlerWith(grantWith(), () => controls, now).perform(workOn('preview', QUESTION), new AbortController().signal, FREE) as Promise<PreviewOutcome>;
    expect(await look()).toMatchObject({ kind: 'dry-run', changes: [{ field: 'refunded', now: 0, after: 1_200 }] });
    expect(asked).toEqual([LOOK]);
    const stopped = [stopping(CONTROLS, 'countersign.kill-switch.set', { scope: 'tool', value: SHOWING.id }), stopping(CONTROLS, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: 'safe' })];
    for (const [index, controls] of stopped.entries()) expect(await look(controls)).toMatchObject({ kind: 'none', code: ['killed', 'mode'][index] });
    expect(await look(CONTROLS, (NOW + 30_000) as Instant)).toMatchObject({ kind: 'none', code: 'expired' });
    expect(asked).toEqual([LOOK]);
  });
});
