import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaMissing } from '@countersign/testing';
import { ReadModel } from '@countersign/read-model';
import { runCli, jsonOf } from '../support/cli.ts';
import { buildVersitygw, S3Server } from '../adapters/versitygw.ts';
import { newPerson, writeConfiguration } from '../support/configuration.ts';
import { eventually } from '../support/eventually.ts';
import { ownStack, running, type OwnStack } from '../support/own-stack.ts';
import { Stack } from '../support/stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

/** Two starts of everything, on a machine that does much else. */
const LONG_MS = 300_000;

interface Verified {
  readonly logs: readonly { readonly topic: string; readonly partition: number; readonly entries: number; readonly unanchored: number }[];
}

const built = await buildVersitygw();

interface Kept {
  readonly where: string;
  readonly missing: string | undefined;
  /** What the stack is told of its archive, and how that ends. */
  readonly begin: () => Promise<{ readonly environment: Readonly<Record<string, string>>; readonly close: () => Promise<void> }>;
}

const inBucket = async (): ReturnType<Kept['begin']> => {
  const server = await S3Server.start('program' in built ? built.program : '');
  return { environment: server.environment(await server.bucket('drill')), close: () => server.close() };
};

const KEPT: readonly Kept[] = [
  { where: 'in a folder', missing: kafkaMissing, begin: () => Promise.resolve({ environment: {}, close: () => Promise.resolve() }) },
  { where: 'in S3', missing: kafkaMissing ?? ('missing' in built ? built.missing : undefined), begin: inBucket },
];

for (const { where, missing, begin } of KEPT) describe.skipIf(missing !== undefined)(`with an archive ${where}, after a disaster that left nothing of Kafka and of the read model${missing === undefined ? '' : ` (${missing})`}`, { timeout: LONG_MS }, () => {
  let own: OwnStack;
  let stack: Stack;
  let kept: Awaited<ReturnType<Kept['begin']>>;
  beforeAll(async () => {
    kept = await begin();
    Object.assign(process.env, kept.environment);
    own = ownStack();
    stack = new Stack(own.dataDir);
    await up();
    const config = join(own.dataDir, '..', 'config');
    mkdirSync(config);
    writeConfiguration(config, ['ada', 'grace'].map((name) => newPerson(join(own.dataDir, '..', 'people'), name)));
    const { code, stderr } = await stack.cli(['config', 'apply', config, '--yes']);
    if (code !== 0) throw new Error(stderr);
  }, LONG_MS);
  afterAll(async () => {
    await stack?.close();
    await own?.remove();
    for (const name of Object.keys(kept.environment)) delete process.env[name];
    await kept.close();
  }, LONG_MS);

  const up = async (...more: readonly string[]): Promise<unknown> => {
    const result = await runCli(['dev', 'up', '--examples', '--json', ...more], { dataDir: own.dataDir });
    if (result.code !== 0) throw new Error(result.stderr);
    return jsonOf(result);
  };
  /** Everything that is on Kafka is in the archive, and told by the anchor. */
  const archived = () =>
    eventually('an archive that has everything', async () => {
      const { logs } = await stack.json<Verified>(['ledger', 'verify']);
      const ends = await Promise.all(logs.map(async ({ topic, partition, entries }) => (await stack.kafka().offsets({ topic: `${stack.namespace}.${topic}`, partition })).end - entries));
      return logs.every(({ topic, unanchored }, at) => topic === 'anchor' || (unanchored === 0 && ends[at] === 0)) ? true : undefined;
    });
  const fingerprint = async () => {
    const model = await ReadModel.open({ url: stack.databaseUrl('countersign') });
    const { tables } = await model.fingerprint();
    await model.close();
    return { runs: tables['runs'], actions: tables['actions'], approvals: tables['approvals'], votes: tables['votes'], rulings: tables['rulings'], config: tables['config_files'] };
  };

  it('what was is there again from the archive alone, what was open goes on when a person says so, and nothing is done twice', async () => {
    const acme = await Upstream.open(stack);
    const [done, open, under, unseen] = await Promise.all([700, 800, 900, 1_000].map((cents) => stack.payments.charge(cents)));
    const first = deskTask({ id: 'drill-done', charge: String(done) });
    const asked = deskTask({ id: 'drill-asked', how: 'ask', charge: String(open) });
    const lost = deskTask({ id: 'drill-lost', charge: String(under) });
    // Its tool recognises no repeat, and nobody but a person can look what it did.
    const blind = deskTask({ id: 'drill-blind', workflow: 'asking-people', charge: String(unseen) });
    await acme.carryOut(first);
    const approvals = await stack.view('approvals');
    await acme.send(asked);
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(asked));
    await archived();
    const before = await eventually('a read model with all of it', async () => {
      const found = await fingerprint();
      return found.runs?.rows === 2 && found.approvals?.rows === 1 ? found : undefined;
    });

    // Payments are made, and nobody lives to write them down: their answers, and what the archive has not got yet, are lost.
    await stack.payments.meet({ kind: 'hang', when: 'after', method: 'POST', path: '/charges/' });
    for (const task of [lost, blind]) await acme.send(task);
    for (const charge of [under, unseen]) await eventually('the payment', async () => ((await stack.payments.refundsOf(String(charge))).length === 1 ? true : undefined));
    const processes = own.processes();
    for (const { pid } of processes) process.kill(pid, 'SIGKILL');
    await eventually('nothing that runs', () => (running(processes).length === 0 ? true : undefined));
    await stack.close();
    rmSync(join(own.dataDir, 'kafka'), { recursive: true });

    expect(await up('--restore')).toMatchObject({ found: false });
    stack = new Stack(own.dataDir);
    const { stdout: stops } = await stack.cli(['stops']);
    expect(stops).toMatch(/all\s+safe\s.*restored from the archive/);
    expect(stops).toMatch(/tool:desk\.blind\s+safe\s.*look whether it was done/);
    const here = await Upstream.open(stack);
    const after = await eventually('the read model as it was', async () => {
      const { runs: _runs, actions: _actions, ...rest } = await fingerprint();
      const { runs: _before, actions: _acted, ...expected } = before;
      return JSON.stringify(rest) === JSON.stringify(expected) ? rest : undefined;
    });
    expect(after.approvals?.rows).toBe(1);

    expect(await stack.cli(['resume', 'all', '--reason', 'the drill goes on', '--yes'])).toMatchObject({ code: 0 });
    expect(await stack.json(['approvals', 'approve', '--yes', '--reason', 'as before', '--', String(data['approval'])])).toMatchObject({ exitCode: 0, decided: 'granted' });
    // The upstream was told nothing of what was lost, and says it again, as it would after any silence.
    for (const task of [first, asked, lost, blind]) await here.send(task);
    for (const task of [first, asked, lost]) await eventually(`the end of ${task.id}`, async () => ((await stack.json<{ readonly run?: { readonly outcome?: string } }>(['runs', 'show', here.runOf(task)])).run?.outcome === 'succeeded' ? true : undefined), LONG_MS / 3);
    // What the log says nothing of waits for a person, who finds it done.
    await eventually('a call that waits for a person', async () => {
      const { backlog } = await stack.json<{ readonly backlog: readonly { readonly waitsFor: string }[] }>(['stops']);
      return backlog.some(({ waitsFor }) => waitsFor === 'tool:desk.blind') ? true : undefined;
    });
    expect(await stack.cli(['kill', `run:${here.runOf(blind)}`, '--reason', 'it is in the books', '--yes'])).toMatchObject({ code: 0 });
    for (const charge of [done, open, under, unseen]) expect(await stack.payments.refundsOf(String(charge))).toHaveLength(1);
    await archived();
    expect(await stack.json(['ledger', 'verify'])).toMatchObject({ exitCode: 0, intact: true });
  });
});
