import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewRecord } from '@countersign/bus';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, CORE_SERVICES, SERVICES } from '@countersign/contracts';
import { createKeyFile, humanPrincipal, keyIdOf, loadKeyFile, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import { newPerson, writeConfiguration, type TestPerson } from '../support/configuration.ts';
import { eventually } from '../support/eventually.ts';
import { castBallot } from '../support/forge.ts';
import { ownStack, type OwnStack } from '../support/own-stack.ts';
import { runCli } from '../support/cli.ts';
import { Stack } from '../support/stack.ts';
import type { TopicView } from '../support/topics.ts';
import { deskTask, Upstream } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, whySkipped } from '../support/use-stack.ts';

/** A stack starts in it, and its services once more, on a machine that does much else. */
const LONG_MS = 300_000;

describe.skipIf(stackMissing !== undefined)(`a stack with two admins who both have to agree${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  let folder: string;
  let own: OwnStack;
  let stack: Stack;
  let bob: TestPerson;
  let eve: TestPerson;
  let acme: Upstream;
  let globex: Upstream;
  let approvals: TopicView;
  const admin = () => loadKeyFile(join(own.dataDir, 'keys/admin.pem'));
  const sign = (value: Uint8Array, ...keys: readonly ReturnType<typeof admin>[]): string => keys.map((key) => signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key)))).join(' ');
  const control = (value: Buffer, signatures: string): NewRecord => ({ key: null, value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: signatures } });
  const append = (record: NewRecord): Promise<number> => stack.kafka('operator').append({ topic: stack.topic('controls'), partition: 0 }, [record]);
  const asBob = () => ({ env: { COUNTERSIGN_PERSON: bob.subject, COUNTERSIGN_PERSON_KEY_FILE: bob.keyFile } });
  const up = async (): Promise<void> => {
    const { code, stderr } = await runCli(['dev', 'up', '--examples'], { dataDir: own.dataDir });
    if (code !== 0) throw new Error(`${stderr}\n${readFileSync(join(own.dataDir, 'log/ledger.log'), 'utf8').slice(-6000)}`);
  };

  /** Both are in the root file from the start, which `dev up` leaves as it is. */
  const writeRoot = (quorum: number): void => {
    const people = [
      { subject: humanPrincipal('admin'), publicKey: rawPublicKeyOf(admin()), roles: ['admin', 'operator'] },
      { subject: bob.subject, publicKey: rawPublicKeyOf(bob.key), roles: ['admin'] },
    ];
    writeFileSync(join(own.dataDir, 'keys/root.json'), JSON.stringify({ people, quorum: { admin: quorum } }), { mode: 0o600 });
  };
  /** Keys of services that count under the quorum too. */
  const agreeOnKeys = async (): Promise<void> => {
    for (const service of SERVICES) {
      const publicKey = rawPublicKeyOf(loadKeyFile(join(own.dataDir, `keys/${service}.pem`)));
      const key = keyIdOf(publicKey);
      const value = encodeEvent(newEvent({ service: 'operator', type: 'countersign.key.announced', data: { service, key, publicKey }, subject: `agreed/${key}`, actor: humanPrincipal('admin'), now: Date.now() as Instant }));
      await append(control(value, sign(value, admin(), bob.key)));
    }
  };
  /** Each is started again by the supervisor, and reads the root file anew. */
  const restartServices = async (): Promise<void> => {
    const before = new Map(CORE_SERVICES.map((service) => [service, own.state().parts[service]?.pid]));
    for (const pid of before.values()) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await eventually('new processes', () => {
      const { parts } = own.state();
      return CORE_SERVICES.every((service) => parts[service]?.state === 'ready' && parts[service].pid !== before.get(service)) ? true : undefined;
    }, LONG_MS / 3);
  };
  const edit = (file: string, from: string, to: string): void => {
    const text = readFileSync(join(folder, 'config', file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} holds no \`${from}\``);
    writeFileSync(join(folder, 'config', file), text.replace(from, to));
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-quorum-'));
    bob = newPerson(folder, 'bob');
    eve = newPerson(folder, 'eve');
    own = ownStack();
    stack = new Stack(own.dataDir);
    mkdirSync(join(own.dataDir, 'keys'), { recursive: true, mode: 0o700 });
    createKeyFile(join(own.dataDir, 'keys/admin.pem'));
    writeRoot(1);
    await up();
    await agreeOnKeys();
    writeRoot(2);
    await restartServices();
    [acme, globex] = await Promise.all([Upstream.open(stack, 'acme'), Upstream.open(stack, 'globex')]);
    approvals = await stack.view('approvals');
    writeConfiguration(join(folder, 'config'), []);
    edit('contracts/desk.yaml', 'tenants: [acme, globex]', 'tenants: [acme]');
  }, LONG_MS);
  afterAll(async () => {
    await stack?.close();
    await own?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, LONG_MS);

  it('has its first configuration in force once the second of them has signed', async () => {
    expect(await stack.json(['config', 'apply', join(folder, 'config'), '--yes'])).toMatchObject({ exitCode: 4, applied: false, pending: true, signers: [humanPrincipal('admin')], needed: 2 });
    expect((await acme.refusal(await acme.send(deskTask({ id: 'quorum-early', charge: 'ch_1' })))).data).toMatchObject({ code: 'workflow.unknown' });
    expect(await stack.json(['config', 'sign', '--yes'], asBob())).toMatchObject({ exitCode: 0, applied: true, version: 1 });
    const charge = await stack.payments.charge(100);
    expect((await acme.carryOut(deskTask({ id: 'quorum-first', charge }))).data).toMatchObject({ outcome: 'succeeded' });
  });

  it('leaves what is in force where one of them alone widens it, also for who reads the log at this moment', async () => {
    edit('contracts/desk.yaml', 'version: 1\nowner: tests\ntenants: [acme]', 'version: 2\nowner: tests\ntenants: [acme, globex]');
    edit('policies/desk.yaml', '{ tool: "desk.ask", amount_usd: "> 0" }', '{ tool: "desk.ask", amount_usd: "> 100" }');
    edit('approvers/approvers.yaml', 'people:\n', `people:\n  - { subject: "${eve.subject}", name: eve, public_key: ${rawPublicKeyOf(eve.key)}, roles: [finance, support] }\n`);
    const applied = await stack.json<{ readonly possible: readonly { readonly text: string }[] }>(['config', 'apply', join(folder, 'config'), '--yes']);
    expect(applied).toMatchObject({ exitCode: 4, applied: false, pending: true, version: 2 });
    expect(applied.possible.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^desk of globex: desk\.ask \(write/),
        'desk of acme, globex: desk.ask with amount_usd above 0 (and not amount_usd above 100) without approval (rule `desk_asks`)',
        `approvers approvers: ${eve.subject} can vote as finance, support`,
      ]),
    );
    expect(await stack.json(['config', 'sign', '--yes'])).toMatchObject({ exitCode: 1 });
  });

  it('whatever the signatures of its author say more than once, and in whatever name it is written', async () => {
    const all = await (await stack.view('controls', { from: 'start' })).all();
    const pending = all.findLast(({ event }) => event?.type === 'countersign.config.activated')?.record.value;
    if (!pending) throw new Error('nothing waits');
    await append(control(pending, sign(pending, admin(), admin())));
    const renamed = Buffer.from(String(pending).replace(/("dataschema":"[^"]*","id":")./, '$1_'));
    await append(control(renamed, sign(renamed, admin())));
    // Somebody who has agreed to other bytes has agreed to nothing here.
    await append(control(renamed, `${sign(renamed, admin())} ${sign(Buffer.concat([pending, Buffer.from(' ')]), bob.key)}`));
    expect(await stack.json(['config', 'show'])).toMatchObject({ version: 1 });
    const letters = await stack.deadLetters('policy', 'start');
    await letters.untilRecord('the dead letter of the forged signature', ({ record: { headers } }) => String(headers['cs-code']) === 'SIGNATURE_INVALID' && String(headers['cs-topic']) === 'controls');
  });

  const asked = async (id: string) => {
    const charge = await stack.payments.charge(100);
    const task = deskTask({ id, how: 'ask', charge });
    await acme.send(task);
    return { task, charge };
  };

  it('at every service: the door, policy and approvals stand by what both have signed', async () => {
    expect((await globex.refusal(await globex.send(deskTask({ id: 'quorum-globex', charge: 'ch_1' })))).data).toMatchObject({ code: 'workflow.unknown' });
    const { task, charge } = await asked('quorum-asks');
    const { tenant = '', workflow = '', run = '', step = '', data } = await approvals.until('countersign.approval.requested', (event) => event.run === acme.runOf(task));
    const letters = await stack.deadLetters('approvals', 'start');
    await castBallot(stack, { tenant, workflow, run, step, approval: String(data['approval']), actionHash: String(data['actionHash']), voter: eve.subject }, eve.key);
    await letters.untilRecord('the dead letter of a vote of nobody', ({ record: { headers } }) => String(headers['cs-code']) === 'VOTE_INVALID');
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
  });

  it('and goes by the new one once the other has signed', async () => {
    const { pending } = await stack.json<{ readonly pending: readonly { readonly hash: string; readonly at: string }[] }>(['config', 'show']);
    expect(pending).toHaveLength(2);
    // The same files in two proposals: each has its own bytes, and its own signatures.
    expect(await stack.json(['config', 'sign', '--yes'], asBob())).toMatchObject({ exitCode: 2 });
    const all = await (await stack.view('controls', { from: 'start' })).all();
    const proposal = all.findLast(({ event, record }) => event?.type === 'countersign.config.activated' && !String(record.value).includes('"id":"_'))?.record.value;
    if (!proposal) throw new Error('nothing waits');
    await append(control(proposal, sign(proposal, admin(), bob.key)));
    const { task, charge } = await asked('quorum-free');
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
    expect((await globex.carryOut(deskTask({ id: 'quorum-globex-now', charge: await stack.payments.charge(100) }))).data).toMatchObject({ outcome: 'succeeded' });
  });

  it('narrows at once, with one signature', async () => {
    edit('contracts/desk.yaml', 'version: 2\nowner: tests\ntenants: [acme, globex]', 'version: 3\nowner: tests\ntenants: [acme]');
    expect(await stack.json(['config', 'apply', join(folder, 'config'), '--yes'], {})).toMatchObject({ exitCode: 0, applied: true, version: 3, possible: [] });
    expect((await globex.refusal(await globex.send(deskTask({ id: 'quorum-globex-late', charge: 'ch_1' })))).data).toMatchObject({ code: 'workflow.unknown' });
  });
});
