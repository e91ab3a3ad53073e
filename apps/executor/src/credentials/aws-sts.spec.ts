import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrantData } from '@countersign/identity';
import { startSts, type StsServer } from '@countersign/testing/outside';
import type { AwsStsSource } from './credential.js';
import { errandOf, granted, pinned, soon, TOOL, toolsWith } from './granted.spec-support.js';

const ROLE = 'arn:aws:iam::123456789012:role/countersign';
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** The SDK's own client against a server that checks every signature by itself. */
describe('a role of AWS', () => {
  let folder: string;
  let secretFile: string;
  let server: StsServer;
  let source: AwsStsSource;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sts-'));
    secretFile = path.join(folder, 'aws.secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    server = await startSts({ accessKeyId: KEY, secretAccessKey: SECRET, roleArn: ROLE });
    source = { provider: 'aws-sts', roleArn: ROLE, region: 'eu-central-1', service: 'execute-api', actions: ['s3:PutObject'], resources: ['arn:aws:s3:::{resource.charge}'], endpoint: new URL(server.url), accessKeyId: KEY, secretAccessKeyFile: secretFile, allowPrivate: true };
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const call = (grant: GrantData, given = source, tools = toolsWith({ url: server.url, source: given }), signal = soon()) => tools.call(pinned(TOOL), errandOf(grant), signal);
  const session = () => [...server.sessions.values()][0];

  it('is taken for one action, with a policy that names what it is about and ends with the grant, and signs the call', async () => {
    const grant = await granted();
    expect(await call(grant)).toMatchObject({ kind: 'answered', status: 201, result: { id: 'done-1' } });
    expect(server.refused).toEqual([]);
    expect(server.done).toEqual(['arn:aws:s3:::ch_1']);
    const { tenant, workflow, tool, idempotencyKey } = grant.action;
    expect(session()).toMatchObject({ name: idempotencyKey, tags: { tenant, workflow, tool } });
    const [statement] = session()?.policy.Statement ?? [];
    expect(statement).toEqual({ Effect: 'Allow', Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::ch_1'], Condition: { DateLessThan: { 'aws:CurrentTime': new Date(grant.exp * 1_000).toISOString() } } });
  });

  it('is taken once for the attempts of one action, and anew for another', async () => {
    const tools = toolsWith({ url: server.url, source });
    const grant = await granted();
    await call(grant, source, tools);
    await call(grant, source, tools);
    expect(server.sessions.size).toBe(1);
    await call(await granted({ charge: 'ch_2' }), source, tools);
    expect([...server.sessions.values()].map(({ policy }) => policy.Statement[0]?.Resource)).toEqual([['arn:aws:s3:::ch_1'], ['arn:aws:s3:::ch_2']]);
  });

  it.each(['*', 'a/b', '..', '${aws:username}', '', 'ch?'])('is not taken for the value `%s`, which could mean more than itself', async (charge) => {
    expect(await call(await granted({ charge }))).toMatchObject({ kind: 'not-sent' });
    expect(server.sessions.size).toBe(0);
  });

  it('is not taken where a resource is not among what the tool contract maps', async () => {
    expect(await call(await granted(), { ...source, resources: ['arn:aws:s3:::{resource.customer}'] })).toMatchObject({ kind: 'not-sent', code: 'credential.resource-unsafe', final: true });
  });

  it.each<readonly [string, Partial<AwsStsSource>, string, boolean]>([
    ['another role', { roleArn: 'arn:aws:iam::123456789012:role/admin' }, 'credential.refused', true],
    ['another access key', { accessKeyId: 'AKIAI44QH8DHBEXAMPLE' }, 'credential.refused', true],
    ['an endpoint where nobody listens', { endpoint: new URL('http://127.0.0.1:9') }, 'credential.unavailable', false],
    ['a policy that is too large', { actions: ['s3:PutObject'.repeat(200)] }, 'credential.policy-too-large', true],
  ])('sends nothing with %s', async (_, change, code, final) => {
    expect(await call(await granted(), { ...source, ...change })).toMatchObject({ kind: 'not-sent', code, final });
    expect(server.done).toEqual([]);
  });

  it('sends nothing where the secret is wrong', async () => {
    writeFileSync(secretFile, 'wrong');
    expect(await call(await granted())).toMatchObject({ kind: 'not-sent', code: 'credential.refused', final: true });
    expect(server.refused).toEqual(['another signature']);
  });

  it.each(['127.0.0.1', 'localhost'])('is not asked for on %s where the credential does not allow this machine, whatever the connection may reach', async (host) => {
    const near = { ...source, allowPrivate: false, endpoint: new URL(`http://${host}:${new URL(server.url).port}`) };
    expect(await call(await granted(), near)).toMatchObject({ kind: 'not-sent', code: 'credential.destination-private', final: true });
    expect([server.sessions.size, server.refused]).toEqual([0, []]);
  });

  it.each<readonly [string, StsServer['answer'], string]>([
    ['is busy', () => ({ status: 503, body: '' }), 'credential.unavailable'],
    ['throttles', () => ({ status: 400, type: 'text/xml', body: '<ErrorResponse><Error><Code>Throttling</Code><Message>later</Message></Error></ErrorResponse>' }), 'credential.unavailable'],
    ['does not answer', () => null, 'credential.timeout'],
  ])('may be asked again where the server %s', async (_, answer, code) => {
    server.answer = answer;
    expect(await call(await granted(), source, undefined, soon(1_500))).toMatchObject({ kind: 'not-sent', code, final: false });
  });

  it('is of no use once the grant has run out, whatever the keys say of themselves', async () => {
    const grant = await granted({ lives: 2 });
    const tools = toolsWith({ url: server.url, source });
    await call(grant, source, tools);
    await new Promise((done) => setTimeout(done, 2_100));
    expect(await call(grant, source, tools)).toMatchObject({ kind: 'not-sent', code: 'credential.grant-over', final: true });
    expect(Date.parse(session()?.policy.Statement[0]?.Condition.DateLessThan['aws:CurrentTime'] ?? '')).toBeLessThan(Date.now());
  });

  it('is not taken in a sandbox, nor for an adapter that signs nothing', async () => {
    expect(await call(await granted(), source, toolsWith({ url: server.url, source, namespace: 'sbx-1' }))).toMatchObject({ code: 'credential.sandbox', final: true });
    const unsigned = { ...TOOL, adapter: 'github' } as const;
    expect(await toolsWith({ url: server.url, source }).call(pinned(unsigned), errandOf(await granted({ tool: unsigned })), soon())).toMatchObject({ code: 'credential.kind-unusable', final: true });
    expect(server.sessions.size).toBe(0);
  });
});
