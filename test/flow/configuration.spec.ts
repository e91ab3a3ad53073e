import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal, loadKeyFile } from '@countersign/identity';
import { readStackState } from '@countersign/stack';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { newPerson, writeConfiguration } from '../support/configuration.ts';
import { eventually } from '../support/eventually.ts';
import { castBallot } from '../support/forge.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';

/** Specs that change what is in force come one after the other, and put back what all of them share. */
describe.skipIf(stackMissing !== undefined)(`the configuration${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, configDir, peopleDir } = useStack();
  let acme: Upstream;
  let globex: Upstream;
  let approvals: TopicView;
  let folder: string;
  /** The version that was in force before any of these. */
  let inForce: number;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-configuration-'));
    [acme, globex] = await Promise.all([Upstream.open(stack, 'acme'), Upstream.open(stack, 'globex')]);
    approvals = await stack.view('approvals');
    ({ version: inForce } = await stack.json<{ readonly version: number }>(['config', 'show']));
  });
  afterAll(async () => {
    // The next file of specs starts from what all of them share.
    if (folder !== undefined) await stack.cli(['config', 'apply', configDir, '--yes']);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** A folder with what is in force, changed. */
  const changed = (name: string, change: (path: (file: string) => string) => void): string => {
    const copy = join(folder, name);
    cpSync(configDir, copy, { recursive: true });
    change((file) => join(copy, file));
    return copy;
  };
  const edit = (file: string, from: string, to: string): void => {
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} holds no \`${from}\``);
    writeFileSync(file, text.replace(from, to));
  };

  it.each<[string, (path: (file: string) => string) => void, RegExp]>([
    ['is no YAML', (path) => writeFileSync(path('tools/desk.ask.yaml'), 'id: desk.ask\nversion: [1\n'), /tools\/desk\.ask\.yaml:\d+:\d+: /],
    ['has an unknown key', (path) => edit(path('contracts/desk.yaml'), 'owner: tests', 'ownr: tests'), /contracts\/desk\.yaml:3:1: .*ownr/],
    ['has a rule on what no tool has', (path) => edit(path('policies/desk.yaml'), 'amount_usd: "> 0" }', 'amout_usd: "> 0" }'), /policies\/desk\.yaml:3:\d+: .*amout_usd/],
    ['names a tool that is not there', (path) => edit(path('playbooks/desk.yaml'), 'tool: desk.two', 'tool: desk.three'), /playbooks\/desk\.yaml:17:\d+: .*desk\.three/],
    ['changes a published version', (path) => edit(path('tools/desk.two.yaml'), 'timeout: 5s', 'timeout: 6s'), /tools\/desk\.two\.yaml:2:\d+: .*published before/],
  ])('a file that %s is refused with file, line and column, and what was applied stays', async (name, change, place) => {
    const { code, stderr } = await stack.cli(['config', 'apply', changed(name.replaceAll(' ', '-'), change), '--yes']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(place) });
    expect(stderr).toContain('CONFIG_INVALID');
  });

  it('has not been changed by any of them', async () => {
    expect(await stack.json(['config', 'diff', configDir])).toMatchObject({ exitCode: 0, inForce });
  });

  it('arguments that break the schema of their tool are a rejected proposal with the place of each fault, and never reach policy', async () => {
    const [proposals, decisions] = await Promise.all([stack.view('proposals'), stack.view('decisions')]);
    const task = deskTask({ id: 'configuration-args', charge: 'no such/charge', cents: '19.99', more: { reason: 'r'.repeat(600) } });
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'invalid', reason: expect.stringContaining('args.invalid') });
    const { data, step } = await proposals.until('countersign.proposal.rejected', ({ run }) => run === acme.runOf(task));
    expect({ step, code: data['code'], tool: data['tool'] }).toEqual({ step: 'plain', code: 'args.invalid', tool: 'payments.refund' });
    expect((data['faults'] as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer).toSorted()).toEqual(['/amount_cents', '/charge_id', '/reason']);
    const ofRun = (await decisions.all()).flatMap(({ event }) => (event?.run === acme.runOf(task) ? [event.type] : []));
    expect(ofRun.filter((type) => !type.startsWith('countersign.context.'))).toEqual([]);
  });

  it('arguments that make an action too large to be proposed are a rejected proposal, and the upstream is told', async () => {
    const [proposals, letters] = await Promise.all([stack.view('proposals'), stack.deadLetters('planner')]);
    const task = deskTask({ id: 'configuration-wide', how: 'wide', charge: 'ch_1', more: { reason: 'r'.repeat(20_000) } });
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'invalid', reason: expect.stringContaining('args.too-large'), sideEffects: [] });
    expect(await proposals.events('countersign.proposal.rejected', ({ run }) => run === acme.runOf(task))).toMatchObject([{ step: 'wide', data: { code: 'args.too-large', tool: 'desk.wide' } }]);
    expect(await letters.all()).toEqual([]);
  });

  const asking = async (upstream: Upstream, workflow: string): Promise<{ readonly task: Task; readonly request: SeenEvent; readonly charge: string }> => {
    const charge = await stack.payments.charge(300);
    const task = deskTask({ id: `configuration-${workflow}`, how: 'ask', charge, workflow });
    await upstream.send(task);
    return { task, charge, request: await approvals.until('countersign.approval.requested', ({ run }) => run === upstream.runOf(task)) };
  };
  const vote = ({ request }: { readonly request: SeenEvent }, subject = humanPrincipal('ada'), key = loadKeyFile(join(peopleDir, 'ada.pem'))) => {
    const { tenant = '', workflow = '', run = '', step = '', data } = request;
    return castBallot(stack, { tenant, workflow, run, step, approval: String(data['approval']), actionHash: String(data['actionHash']), voter: subject }, key);
  };

  it('what is taken away while people are asked is denied when they say yes, with a reason, and the run closes', async () => {
    const cases = [
      { ...(await asking(acme, 'losing-its-tool')), of: acme, code: 'tool.unknown' },
      { ...(await asking(acme, 'losing-its-contract')), of: acme, code: 'workflow.unknown' },
      { ...(await asking(globex, 'losing-a-tenant')), of: globex, code: 'workflow.unknown' },
      { ...(await asking(acme, 'changing-its-agent')), of: acme, code: 'agent.unknown' },
    ];
    const gone = changed('gone', (path) => {
      for (const file of ['contracts/losing-its-tool.yaml', 'playbooks/going.yaml', 'tools/desk.gone.yaml', 'contracts/losing-its-contract.yaml']) rmSync(path(file));
      edit(path('policies/desk.yaml'), '  - name: desk_asks_before_it_goes\n    if: { tool: "desk.gone", amount_usd: "> 0" }\n    then: { action: require_human_approval }\n', '');
      edit(path('contracts/losing-a-tenant.yaml'), 'version: 1\nowner: tests\ntenants: [acme, globex]', 'version: 2\nowner: tests\ntenants: [acme]');
      edit(path('contracts/changing-its-agent.yaml'), 'id: changing-its-agent', 'id: another-agent');
    });
    const applied = await stack.cli(['config', 'apply', gone, '--yes']);
    expect(applied).toMatchObject({ code: 0 });
    const decisions = await stack.view('decisions');
    for (const each of cases) {
      await vote(each);
      expect((await each.of.finished(each.task)).data).toMatchObject({ outcome: 'denied' });
      const { data } = await decisions.until('countersign.action.denied', ({ run }) => run === each.of.runOf(each.task));
      expect(data['reasons']).toEqual(expect.arrayContaining([expect.objectContaining({ code: each.code, message: expect.stringMatching(/\S/) })]));
      expect(await stack.payments.refundsOf(each.charge)).toEqual([]);
    }
    // And at the door, from now on.
    const late = deskTask({ id: 'configuration-too-late', charge: 'ch_5008', workflow: 'losing-its-contract' });
    expect((await acme.refusal(await acme.send(late))).data).toMatchObject({ code: 'workflow.unknown' });
    expect((await globex.refusal(await globex.send(deskTask({ id: 'configuration-too-late', charge: 'ch_5008', workflow: 'losing-a-tenant' })))).data).toMatchObject({ code: 'workflow.unknown' });
  });

  it('a dead letter is handled once more in place when what was missing is there: the vote of somebody who was not in the directory', async () => {
    const hedy = newPerson(folder, 'hedy');
    const charge = await stack.payments.charge(300);
    const task = deskTask({ id: 'configuration-redrive', how: 'ask', charge });
    await acme.send(task);
    const request = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(task));
    const place = await vote({ request }, hedy.subject, hedy.key);
    type Letters = { readonly letters: readonly { readonly id: string; readonly code: string; readonly redriven: boolean; readonly record: object }[] };
    const letter = async () => {
      const { letters } = await stack.json<Letters>(['dlq', 'list', '--service', 'approvals']);
      return letters.find(({ record }) => JSON.stringify(record) === JSON.stringify({ topic: 'ballots', partition: place.partition, offset: place.offset }));
    };
    const found = await eventually('the dead letter of the ballot', letter);
    expect(found).toMatchObject({ code: 'VOTE_INVALID', redriven: false });

    const known = join(folder, 'with-hedy');
    writeConfiguration(known, [...['ada', 'grace'].map((name) => ({ name, subject: humanPrincipal(name), key: loadKeyFile(join(peopleDir, `${name}.pem`)) })), hedy]);
    expect(await stack.cli(['config', 'apply', known, '--yes'])).toMatchObject({ code: 0 });
    const ballots = await stack.view('ballots');
    expect(await stack.json(['dlq', 'redrive', found.id, '--dry-run'])).toMatchObject({ exitCode: 0, redriven: false });
    expect(await stack.json(['dlq', 'redrive', found.id, '--yes'])).toMatchObject({ exitCode: 0, redriven: true });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => run === acme.runOf(task))).toMatchObject([{ data: { voter: hedy.subject } }]);
    // Nothing was appended again, and asking once more changes nothing.
    expect(await ballots.all()).toEqual([]);
    expect(await letter()).toMatchObject({ redriven: true });
    await stack.json(['dlq', 'redrive', found.id, '--yes']);
    await acme.carryOut(deskTask({ id: 'configuration-after-redrive', charge: await stack.payments.charge(100) }));
    expect(await approvals.events('countersign.approval.vote-cast', ({ run }) => run === acme.runOf(task))).toHaveLength(1);
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it.each([['planner', 10], ['policy', 11]] as const)('a task under a contract that the %s has not read yet is carried out once it has', async (service, version) => {
    // Large files, so that what is to be handled arrives before what it rests on.
    const raised = changed(`raised-${version}`, (path) => {
      for (const file of readdirSync(path('contracts'))) {
        const contract = path(`contracts/${file}`);
        writeFileSync(contract, readFileSync(contract, 'utf8').replace(/^version: \d+\n/m, `version: ${version}\n# ${'long '.repeat(7_000)}\n`));
      }
    });
    const charge = await stack.payments.charge(100);
    const task = deskTask({ id: `configuration-behind-${service}`, charge });
    const tasks = await stack.view('tasks');
    const pid = readStackState(stack.dataDir)?.parts[service]?.pid;
    if (pid === undefined) throw new Error(`${service} does not run`);
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await stack.cli(['config', 'apply', raised, '--yes'])).toMatchObject({ code: 0 });
      await acme.send(task);
      expect(await tasks.until('countersign.task.submitted', ({ run }) => run === acme.runOf(task))).toMatchObject({ data: { contract: { version } } });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });
});
