import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encryptionKeyOf, loadKeyFile, rawPublicKeyOf } from '@countersign/identity';
import { readStackState } from '@countersign/stack';
import { json, startAuthorizationServer, startServer, startSts, type AuthorizationServer, type LocalServer, type StsServer } from '@countersign/testing/outside';
import { eventually } from '../support/eventually.ts';
import { filesBelow, found, logFiles, records, rows, type Trace } from '../support/every-trace.ts';
import { startExecutor, type ExecutorProcess } from '../support/executor-process.ts';
import { WEBHOOK_SECRET } from '../support/webhook-secret.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';

/** What is planted. */
const PLANTED = {
  'the token of a file': 'canary-file-4b1d7e90',
  'the token of a variable': 'canary-variable-51c2f0aa',
  'the token of the connections file': 'canary-fixed-0c77d1e2',
  'the secret of a client': 'canary-client-93ab4c1f',
  'the secret of an AWS key': 'canary-aws-e8120b6d',
};
const ROLE = 'arn:aws:iam::123456789012:role/countersign';
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const PRIVATE = { mode: 0o600 };
/** What a request to a charge of this name meets: a fault that nobody takes, thrown while the request, with what opens the system in it, is on its way out. */
const GETS_OUT = 'gets-out';
const JOINS_MS = 120_000;
const FAULT = 'a fault that gets out';
const FAULTY = `--import=data:text/javascript,${encodeURIComponent(`import { subscribe } from 'node:diagnostics_channel'; subscribe('undici:client:sendHeaders', ({ request }) => { if (request.path.includes('${GETS_OUT}')) throw new Error('${FAULT}'); });`)}`;

describe.skipIf(stackMissing !== undefined)(`credentials${whySkipped}`, { timeout: TEST_TIMEOUT_MS * 2 }, () => {
  const { stack, dataDir, configDir } = useStack();
  /** Holds secrets. */
  let folder: string;
  /** Whatever the process writes by itself. */
  let written: string;
  let authorization: AuthorizationServer;
  let sts: StsServer;
  let plain: LocalServer;
  let collector: LocalServer;
  let executor: ExecutorProcess;
  let frozen: number | undefined;
  const opened: (string | undefined)[] = [];
  /** Signatures of web hooks. */
  const signed: unknown[] = [];
  const spans: string[] = [];
  const ended: string[] = [];

  const connections = (): string => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, PRIVATE);
      return join(folder, name);
    };
    file('acme.token', PLANTED['the token of a file']);
    const exchange = { provider: 'oauth-token-exchange', tokenEndpoint: `${authorization.url}/token`, clientId: 'countersign', clientSecretFile: file('client', PLANTED['the secret of a client']), allowPrivate: true };
    const role = { provider: 'aws-sts', roleArn: ROLE, region: 'eu-central-1', service: 'execute-api', actions: ['s3:PutObject'], resources: ['arn:aws:s3:::{resource.charge}'], endpoint: sts.url, accessKeyId: ACCESS_KEY, secretAccessKeyFile: file('aws', PLANTED['the secret of an AWS key']), allowPrivate: true };
    return file('connections.json', JSON.stringify({
      payments: { allowPrivate: true, url: plain.url, token: PLANTED['the token of the connections file'] },
      exchanged: { allowPrivate: true, url: authorization.url, credential: exchange },
      signed: { allowPrivate: true, url: sts.url, credential: role },
      filed: { allowPrivate: true, url: plain.url, credential: { provider: 'file', path: join(folder, '{tenant}.token') } },
      named: { allowPrivate: true, url: plain.url, credential: { provider: 'environment', name: 'DESK_TOKEN_{tenant}' } },
    }));
  };

  const start = async (connectionsFile: string): Promise<ExecutorProcess> =>
    startExecutor(stack, written, { COUNTERSIGN_CONNECTIONS_FILE: connectionsFile, COUNTERSIGN_CREDENTIAL_VARIABLES: 'DESK_TOKEN_ACME', DESK_TOKEN_ACME: PLANTED['the token of a variable'], NODE_OPTIONS: FAULTY, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '200' });

  beforeAll(async () => {
    if (stackMissing !== undefined) return;
    folder = mkdtempSync(join(tmpdir(), 'countersign-credentials-'));
    written = join(folder, 'written');
    mkdirSync(written);
    const policyKey = rawPublicKeyOf(loadKeyFile(join(dataDir, 'keys/policy.pem')));
    authorization = await startAuthorizationServer({ policyKey, clientId: 'countersign', clientSecret: PLANTED['the secret of a client'], audience: 'exchanged' });
    sts = await startSts({ accessKeyId: ACCESS_KEY, secretAccessKey: PLANTED['the secret of an AWS key'], roleArn: ROLE });
    plain = await startServer(({ url, headers }) => {
      // A receiver that tells in its refusal what it verifies with.
      if (url.pathname.startsWith('/hooks')) return Promise.resolve(json(410, { error: WEBHOOK_SECRET, signed: signed.push(headers['webhook-signature']) }));
      opened.push(headers.authorization);
      // A system that tells in its refusal what it was opened with.
      return Promise.resolve(url.pathname.endsWith('refused') ? json(422, { error: headers.authorization }) : json(201, { id: `done-${opened.length}` }));
    });
    collector = await startServer(({ body }) => {
      spans.push(body);
      return Promise.resolve(json(200, {}));
    });
    // The executor of the stack knows none of these systems; while it stands still the other one does its work.
    frozen = Object.entries(readStackState(dataDir)?.parts ?? {}).find(([name]) => name.startsWith('executor'))?.[1].pid;
    if (frozen === undefined) throw new Error('the stack has no executor');
    process.kill(frozen, 'SIGSTOP');
    executor = await start(connections());
    await executor.ready();
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    if (frozen !== undefined) process.kill(frozen, 'SIGCONT');
    executor?.child.kill('SIGKILL');
    rmSync(join(configDir, 'webhooks'), { recursive: true, force: true });
    await stack.json(['config', 'apply', configDir, '--yes']);
    await Promise.all([authorization, sts, plain, collector].map((server) => server?.close()));
    if (folder) rmSync(folder, { recursive: true, force: true });
  }, TEST_TIMEOUT_MS);

  const task = (id: string, charge: string): Task => deskTask({ id, charge, workflow: 'credentials' });

  it('of every kind open what they are for', async () => {
    const acme = await Upstream.open(stack);
    const done = await acme.carryOut(task('credentials-all', 'ch_all'));
    expect(done.data).toMatchObject({ outcome: 'succeeded' });
    expect(authorization.done).toHaveLength(1);
    expect(sts.done).toEqual(['arn:aws:s3:::ch_all']);
    expect(opened).toEqual([`Bearer ${PLANTED['the token of a file']}`, `Bearer ${PLANTED['the token of a variable']}`]);
    expect([...authorization.refused, ...sts.refused]).toEqual([]);
  });

  it('that cannot be had end in an action that failed, with a code', async () => {
    const acme = await Upstream.open(stack);
    const executions = await stack.view('executions');
    authorization.answer = () => json(400, { error: 'invalid_grant', error_description: authorization.shown.at(-1) });
    const failed = await acme.carryOut(task('credentials-refused', 'ch_refused'));
    expect(failed.data).toMatchObject({ outcome: 'failed' });
    expect((await executions.until('countersign.action.failed', ({ run }) => run === failed.run)).data).toMatchObject({ code: 'credential.refused', retrying: false });
    delete authorization.answer;
    // The system says in its refusal what it was opened with.
    await acme.carryOut(task('credentials-told', 'refused'));
    expect(opened.at(-1)).toBe(`Bearer ${PLANTED['the token of a file']}`);
  });

  it('of Slack and of web hooks are used', async () => {
    const asked = deskTask({ id: 'credentials-asked', how: 'ask', charge: await stack.payments.charge(700) });
    const [acme, approvals, cards] = [await Upstream.open(stack), await stack.view('approvals'), await stack.view('cards')];
    mkdirSync(join(configDir, 'webhooks'));
    writeFileSync(join(configDir, 'webhooks', 'told.yaml'), `id: told\nversion: 1\nurl: ${plain.url}/hooks/refused\nevents: [approval.requested]\ntenants: [acme]\nsecret: tests\n`);
    expect(await stack.json(['config', 'apply', configDir, '--yes'])).toMatchObject({ exitCode: 0 });
    await acme.send(asked);
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(asked));
    await cards.until('countersign.card.shown', (event) => event.data['card'] === data['approval']);
    // An endpoint that is new joins with a group of its own.
    await eventually('a web hook', () => signed.length > 0 || undefined, JOINS_MS);
    expect(await stack.json(['approvals', 'deny', String(data['approval']), '--reason', 'asked for nothing', '--yes'])).toMatchObject({ exitCode: 0 });
  });

  it('and keys and passwords are in no topic, log, span, row, report or error', async () => {
    const keys = readdirSync(join(dataDir, 'keys')).filter((name) => name.endsWith('.pem'));
    const jwkOf = (key: ReturnType<typeof loadKeyFile>): string => String(key.export({ format: 'jwk' }).d);
    const secretsDir = join(dataDir, 'secrets');
    const secrets: Record<string, string> = {
      ...PLANTED,
      ...Object.fromEntries(readdirSync(secretsDir).map((name) => [name, readFileSync(join(secretsDir, name), 'utf8').trim()])),
      ...Object.fromEntries(keys.map((name) => [name, readFileSync(join(dataDir, 'keys', name), 'utf8').split('\n')[1] ?? ''])),
      ...Object.fromEntries(keys.map((name) => [`raw ${name}`, jwkOf(loadKeyFile(join(dataDir, 'keys', name)))])),
      'the key that is decrypted with': jwkOf(encryptionKeyOf(loadKeyFile(join(dataDir, 'keys/executor.pem')))),
      ...Object.fromEntries(readdirSync(secretsDir).filter((name) => name.startsWith('slack-')).map((name) => [`${name} as Slack takes it`, readFileSync(join(secretsDir, name), 'utf8').trim().replaceAll('_', '-')])),
      'the secret of web hooks': WEBHOOK_SECRET,
      'the key in the secret of web hooks': WEBHOOK_SECRET.replace('whsec_', ''),
      'the password of the database': new URL(stack.databaseUrl('countersign')).password,
      ...Object.fromEntries(authorization.given.map((token, index) => [`exchanged token ${index}`, token])),
      ...Object.fromEntries(authorization.shown.map((token, index) => [`token of a grant ${index}`, token])),
      ...Object.fromEntries([...sts.sessions.values()].flatMap(({ secretAccessKey, sessionToken }, index) => [[`secret of session ${index}`, secretAccessKey], [`token of session ${index}`, sessionToken]])),
    };
    expect(authorization.given.length).toBeGreaterThan(0);
    expect(authorization.shown.length).toBeGreaterThan(1);
    expect(sts.sessions.size).toBeGreaterThan(0);
    expect(Object.entries(secrets).filter(([, secret]) => secret.length < 8)).toEqual([]);

    // A report of the living process, then its end by a fault in the middle of a call, and one that cannot start for a file that holds a secret.
    executor.child.kill('SIGUSR2');
    const report = await eventually('the report of Node', () => readdirSync(written).find((name) => name.startsWith('report.')));
    await eventually('the whole of it', () => readFileSync(join(written, report), 'utf8').includes('sharedObjects') || undefined);
    await eventually('spans of tools', () => spans.some((span) => span.includes('execute_tool')) || undefined);
    const gone = once(executor.child, 'close');
    await (await Upstream.open(stack)).send(task('credentials-fault', GETS_OUT));
    expect(await gone).not.toContain(0);
    expect(executor.said()).toContain(FAULT);
    ended.push(executor.said());
    writeFileSync(join(folder, 'broken.json'), `{"payments": ${PLANTED['the token of a file']}`, PRIVATE);
    const broken = await start(join(folder, 'broken.json'));
    await once(broken.child, 'close');
    ended.push(broken.said());
    expect(broken.said()).toContain('it is no JSON');

    const own: readonly Trace[] = [...ended.map((text, index) => ({ where: `output ${index}`, text })), ...spans.map((text) => ({ where: 'a span', text })), ...filesBelow(written)];
    const traces = [...(await records(stack)), ...(await rows(stack, ['countersign', 'refund_desk'])), ...logFiles(stack), ...own];
    expect(found(traces, secrets)).toEqual([]);
    // What is looked through is what is there.
    const anywhere = (text: string, where: RegExp): boolean => traces.some((trace) => where.test(trace.where) && trace.text.includes(text));
    expect(anywhere('credentials.refund', /inbox/) && anywhere('credential.refused', /executions/) && anywhere('credentials', /countersign public/) && anywhere('executor-more', /output 0/) && anywhere('nodejsVersion', /report/) && anywhere(FAULT, /report/)).toBe(true);
  });
});
