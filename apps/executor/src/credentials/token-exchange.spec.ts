import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rawPublicKeyOf, type GrantData } from '@countersign/identity';
import { json, startAuthorizationServer, type AuthorizationServer, type Reply } from '@countersign/testing/outside';
import type { TokenExchangeSource } from './credential.js';
import { errandOf, granted, pinned, POLICY, soon, TOOL, toolsWith } from './granted.spec-support.js';
import { DEFAULT_SCOPE } from './read-source.js';

const SECRET = 'p:w with + signs';
const EXCHANGING = { ...TOOL, credential: 'token-exchange' } as const;

/** Against a server that checks what it is given, and a system that checks what the server gives. */
describe('a token exchange', () => {
  let folder: string;
  let secretFile: string;
  let server: AuthorizationServer;
  let source: TokenExchangeSource;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'exchange-'));
    secretFile = path.join(folder, 'client.secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    server = await startAuthorizationServer({ policyKey: rawPublicKeyOf(POLICY), clientId: 'countersign', clientSecret: SECRET, audience: 'ledger' });
    source = { provider: 'oauth-token-exchange', tokenEndpoint: new URL(`${server.url}/token`), clientId: 'countersign', clientSecretFile: secretFile, scope: DEFAULT_SCOPE, allowPrivate: true };
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const call = (grant: GrantData, tools = toolsWith({ url: server.url, source }), tool = EXCHANGING as typeof TOOL, signal = soon()) => tools.call(pinned(tool), errandOf(grant), signal);

  it('gives a token for the tenant, tool and action of the grant, which the system takes', async () => {
    const grant = await granted({ tool: EXCHANGING });
    expect(await call(grant)).toMatchObject({ kind: 'answered', status: 201, result: { id: 'done-1' } });
    expect(server.refused).toEqual([]);
    const { tenant, tool, idempotencyKey } = grant.action;
    expect(server.done).toEqual([`tenant:${tenant} tool:${tool} action:${idempotencyKey}`]);
    expect(server.exchanged).toMatchObject([{ jti: grant.jti, exp: grant.exp, sub: grant.sub, act: { sub: grant.act }, action_hash: grant.actionHash, cnf: { kid: grant.cnf } }]);
  });

  it('is made once for the attempts of one action, and anew for another action and after the end of the grant', async () => {
    const tools = toolsWith({ url: server.url, source });
    const first = await granted({ tool: EXCHANGING });
    await call(first, tools);
    await call(first, tools);
    expect(server.exchanged).toHaveLength(1);
    await call(await granted({ tool: EXCHANGING, step: 'another' }), tools);
    expect(server.exchanged).toHaveLength(2);
    tools.forget(first.jti);
    await call(first, tools);
    expect(server.exchanged).toHaveLength(3);
    expect(new Set(server.done).size).toBe(2);
  });

  it.each<readonly [string, (right: Record<string, unknown>) => Reply | undefined, string, boolean]>([
    ['lives longer than the grant', (right) => json(200, { ...right, expires_in: 3_600 }), 'credential.long-lived', true],
    ['does not say how long it lives', ({ expires_in: _expires, ...right }) => json(200, right), 'credential.long-lived', true],
    ['may do more than was asked for', (right) => json(200, { ...right, scope: `${String(right['scope'])} admin` }), 'credential.scope-wider', true],
    ['is no bearer token', (right) => json(200, { ...right, token_type: 'N_A' }), 'credential.answer-invalid', true],
    ['is of another type', (right) => json(200, { ...right, issued_token_type: 'urn:ietf:params:oauth:token-type:id_token' }), 'credential.answer-invalid', true],
    ['would end its header', (right) => json(200, { ...right, access_token: 'a\r\nx-admin: yes' }), 'credential.answer-invalid', true],
    ['comes in an answer without an end', () => json(200, { access_token: 'x'.repeat(100_000) }), 'credential.answer-invalid', true],
    ['is refused', () => json(400, { error: 'invalid_target' }), 'credential.refused', true],
    ['is to be fetched elsewhere', () => json(302, {}), 'credential.refused', true],
    ['cannot be given now', () => json(503, {}), 'credential.unavailable', false],
    ['is asked for too often', () => json(429, {}), 'credential.unavailable', false],
  ])('sends nothing where the token %s', async (_, answer, code, final) => {
    server.answer = answer;
    expect(await call(await granted({ tool: EXCHANGING }))).toMatchObject({ kind: 'not-sent', code, final });
    expect(server.done).toEqual([]);
  });

  it('takes a token that outlives the grant where the tool contract says that it will do', async () => {
    server.answer = (right) => json(200, { ...right, expires_in: 3_600 });
    expect(await call(await granted({ tool: EXCHANGING }), undefined, { ...EXCHANGING, longLivedCredential: true })).toMatchObject({ kind: 'answered', status: 201 });
  });

  it('waits no longer than the attempt may', async () => {
    server.answer = () => undefined;
    const started = Date.now();
    expect(await call(await granted({ tool: EXCHANGING }), undefined, undefined, soon(150))).toMatchObject({ kind: 'not-sent', code: 'credential.timeout', final: false });
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it('is not asked for where nobody listens, where the secret can be read by others, or where it is wrong', async () => {
    const grant = await granted({ tool: EXCHANGING });
    const away = { ...source, tokenEndpoint: new URL('http://127.0.0.1:9/token') };
    expect(await call(grant, toolsWith({ url: server.url, source: away }))).toMatchObject({ code: 'credential.unavailable', final: false });
    writeFileSync(secretFile, 'wrong');
    expect(await call(grant)).toMatchObject({ code: 'credential.refused', final: true });
    chmodSync(secretFile, 0o640);
    expect(await call(grant)).toMatchObject({ code: 'credential.file-open', final: true });
    rmSync(secretFile);
    expect(await call(grant)).toMatchObject({ code: 'credential.file-unreadable', final: false });
    expect(server.refused).toEqual(['invalid_client: who asks']);
  });

  it('exchanges only the token of the very grant', async () => {
    const [grant, another] = [await granted({ tool: EXCHANGING }), await granted({ tool: EXCHANGING, step: 'another' })];
    expect(await call({ ...grant, credential: String(another.credential) })).toMatchObject({ kind: 'not-sent', code: 'token.differs', final: true });
    const { credential: _credential, ...bare } = grant;
    expect(await call(bare)).toMatchObject({ kind: 'not-sent', code: 'token.missing', final: true });
    expect(await call(await granted({ tool: EXCHANGING, lives: -5 }))).toMatchObject({ kind: 'not-sent', code: 'credential.grant-over', final: true });
    expect([...server.exchanged, ...server.refused]).toEqual([]);
  });

  it('needs a tool contract that says so, and such a contract needs it', async () => {
    expect(await call(await granted(), undefined, TOOL)).toMatchObject({ kind: 'not-sent', code: 'credential.provider-differs', final: true });
    expect(await call(await granted({ tool: EXCHANGING }), toolsWith({ url: server.url }))).toMatchObject({ kind: 'not-sent', code: 'credential.provider-differs', final: true });
    expect(server.done).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost'])('is not made on %s where the credential does not allow this machine, whatever the connection may reach', async (host) => {
    const near = { ...source, allowPrivate: false, tokenEndpoint: new URL(`http://${host}:${new URL(server.url).port}/token`) };
    expect(await call(await granted({ tool: EXCHANGING }), toolsWith({ url: server.url, source: near }))).toMatchObject({ kind: 'not-sent', code: 'credential.destination-private', final: true });
    expect([...server.exchanged, ...server.refused]).toEqual([]);
  });

  it('is not made in a sandbox', async () => {
    expect(await call(await granted({ tool: EXCHANGING }), toolsWith({ url: server.url, source, namespace: 'sbx-1' }))).toMatchObject({ kind: 'not-sent', code: 'credential.sandbox', final: true });
    expect([...server.exchanged, ...server.refused]).toEqual([]);
  });
});
