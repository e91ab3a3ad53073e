import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliProcess } from './cli.js';
import { createProgram } from './program.js';
import { EXIT } from './exit-codes.js';
import { approval, listed, RUN } from './spec-support/ledger-fixtures.spec-support.js';

let folder: string;
let server: Server;
/** What the ledger was asked, path and query. */
const asked: string[] = [];

const answer = (path: string): object | undefined => {
  if (path.startsWith('/v1/runs?') && path.includes('prefix=run-Ab&')) return { runs: [listed(), listed({ id: 'run-AbZzzzzzzzzzzzzzzzzzzz', task: 'HD-2\nHD-3' })] };
  if (path.startsWith('/v1/runs?') && path.includes('prefix=run-None')) return { runs: [] };
  if (path.includes('tenant=')) return { runs: [], approvals: [] };
  if (path.startsWith('/v1/runs?')) return { runs: [listed()] };
  if (path === `/v1/runs/${RUN}/record`) return { run_id: RUN, tenant_id: 'acme' };
  return path.startsWith('/v1/approvals') ? { approvals: [approval()] } : undefined;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const found = request.headers.authorization === 'Bearer secret' ? answer(request.url ?? '') : undefined;
    response.writeHead(found ? 200 : 401);
    response.end(JSON.stringify(found ?? { error: { code: 'UNAUTHENTICATED', message: 'the request carries no valid token' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'token'), 'secret\n');
  writeFileSync(join(folder, 'client.json'), JSON.stringify({ schema: 1, tenants: ['acme', 'globex'], ledger: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokenFile: 'token' } }));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One command line in a process of its own making. */
const runWith = async (env: NodeJS.ProcessEnv, ...args: readonly string[]) => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const host = { env: { COUNTERSIGN_HOME: folder, ...env }, cwd: () => folder, stdin, stdout, stderr, exitCode: undefined, on: () => undefined, exit: () => undefined } as unknown as CliProcess;
  await runCli(args, host);
  return { code: host.exitCode, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
};
const run = (...args: readonly string[]) => runWith({}, ...args);

/** Every command and group, by the words that lead to it. */
const leaves = (command: Command, path: readonly string[] = []): string[][] => command.commands.flatMap((each) => [[...path, each.name()], ...leaves(each, [...path, each.name()])]);

describe('the command line', () => {
  it('shows every command and what exit codes mean with --help', async () => {
    const { code, out } = await run('--help');
    expect(code).toBeUndefined();
    expect(out).toContain('Exit codes:');
    for (const command of ['dev', 'doctor', 'config', 'tools', 'access', 'task', 'tail', 'runs', 'why', 'approvals', 'dlq', 'completion']) expect(out).toMatch(new RegExp(`^  ${command}[ <[]`, 'm'));
  });

  it('names an unknown option, what was probably meant, and where to read on, and exits 2', async () => {
    expect(await run('runs', 'list', '--tenat', 'acme')).toEqual({
      code: EXIT.usage,
      out: '',
      err: 'error[USAGE]: unknown option `--tenat`\n  next: did you mean `--tenant`? see `countersign runs list --help`\n  read: docs/errors.md#usage\n',
    });
  });

  it.each([
    [['rnus'], 'unknown command `rnus`', 'did you mean `runs`?'],
    [['runs', 'lst'], 'unknown command `lst`', 'did you mean `list`?'],
    [['approvals', 'aprove', 'x'], 'unknown command `aprove`', 'did you mean `approve`?'],
  ])('suggests a command for %j', async (args, message, hint) => {
    const { code, err } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  it.each([
    [['why'], 'missing required argument `run`'],
    [['approvals', 'deny', 'DdEe'], 'required option `-r, --reason <text>` not specified'],
    [['runs', 'list', '--state', 'lost'], 'option `-s, --state <state>` argument `lost` is invalid. Allowed choices are open, submitted, running, waiting, closed'],
    [['runs', 'list', '--limit', 'many'], '`--limit` takes a number from 1 to 500, not `many`'],
    [['doctor', 'now'], 'too many arguments for `doctor`. Expected 0 arguments but got 1: now'],
    [['dlq', 'show', 'here'], '`here` is no id of a dead letter\n  next: such as `policy/17`, as `countersign dlq list` shows it'],
    [['dlq', 'list', '--service', 'plicy'], 'there is no service `plicy`\n  next: did you mean `policy`?'],
    [['task', 'submit', 'task.json', '--timeout', 'banana'], '`--timeout` takes a duration, not `banana`\n  next: such as `30s`, `10m` or `24h`'],
    [['tail', '--from', '10x'], '`--from` does not take `10x`\n  next: `start`, `end`, a number of records, an age such as `10m`, or a time such as `2026-01-02T03:04:05Z`'],
    [['ledger', 'export', '--out', 'pack', '--since', 'banana'], '`--since` takes an age or a time, not `banana`\n  next: such as `24h`, `7d`, `2026-01-02` or `2026-01-02T03:04:05Z`'],
    [['replay', 'at', 'banana'], '`replay at` takes an age or a time, not `banana`\n  next: such as `24h`'],
    [['dev', 'up', '--partitions', 'banana'], '`--partitions` takes a number from 1 to 256, not `banana`'],
    [['dev', 'up', '--tenants', 'Acme Inc'], '`--tenants` takes names such as `acme,globex`, not `Acme Inc`'],
    [['dev', 'up', '--replicas', 'ledger=2'], '`--replicas` takes numbers such as `planner=2,policy=2`, not `ledger=2`'],
    [['dev', 'logs', '--lines', '1.5'], '`--lines` takes a number from 0 to 1000000, not `1.5`'],
    [['runs', 'list', '--tenant', 'acm'], 'there is no tenant `acm`\n  next: did you mean `acme`?'],
    [['approvals', 'list', '--tenant', 'initech'], 'there is no tenant `initech`\n  next: one of acme, globex'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(err).toContain(`error[USAGE]: ${message}`);
    expect(code).toBe(EXIT.usage);
  });

  it('reports wrong usage as an object with --json', async () => {
    const { code, out, err } = await run('runs', 'lst', '--json');
    expect([code, err]).toEqual([EXIT.usage, '']);
    expect(JSON.parse(out)).toMatchObject({ schema: 1, error: { code: 'USAGE', message: 'unknown command `lst`' } });
  });

  it('shows the help of a group that is called without a command, and exits 2', async () => {
    const { code, err } = await run('runs');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Usage: countersign runs [options] [command]');
  });

  it('tells a program what a group that is called without a command needs', async () => {
    const { code, out, err } = await run('runs', '--json');
    expect([code, err]).toEqual([EXIT.usage, '']);
    expect(JSON.parse(out)).toMatchObject({ schema: 1, error: { code: 'USAGE', message: '`countersign runs` needs a command', hint: 'one of `list`, `show`, `diff`; see `countersign runs --help`' } });
  });

  it('has a wrong call of every command answered as one object with --json, and exits 2', async () => {
    const answers = await Promise.all(leaves(createProgram(() => () => Promise.resolve())).map(async (path) => ({ path, ...(await run(...path, '--no-such-option', '--json')) })));
    expect(answers.length).toBeGreaterThan(15);
    for (const { path, code, out, err } of answers) {
      expect([path, code, err]).toEqual([path, EXIT.usage, '']);
      expect(JSON.parse(out)).toMatchObject({ schema: 1, error: { code: 'USAGE', hint: expect.stringContaining(`countersign ${path.join(' ')} --help`) as string } });
    }
  });

  it('takes global options before and after the command', async () => {
    const [before, after] = [await run('--json', 'runs', 'list'), await run('runs', 'list', '--json')];
    expect(JSON.parse(before.out)).toEqual(JSON.parse(after.out));
    expect(JSON.parse(before.out)).toMatchObject({ schema: 1, runs: [{ id: RUN }] });
  });
});

describe('ids that people abbreviate', () => {
  it('mean the one thing that starts so', async () => {
    const { out, code } = await run('runs', 'show', 'AbCd', '--format', 'jsonl');
    expect(code).toBe(EXIT.ok);
    expect(out).toBe(`{"run_id":"${RUN}","tenant_id":"acme"}\n`);
    expect(asked.at(-2)).toBe('/v1/runs?prefix=run-AbCd&limit=11');
  });

  it('that start several things are refused, with the candidates', async () => {
    const { err, code } = await run('why', 'run-Ab');
    expect(code).toBe(EXIT.usage);
    expect(err).toMatchInlineSnapshot(`
      "error[USAGE]: \`run-Ab\` is the start of several runs:
          run-AbCdEfGhIjKlMnOpQrStUv  waiting  HD-20452-refund-1
          run-AbZzzzzzzzzzzzzzzzzzzz  waiting  HD-2\\u000aHD-3
        next: type a few characters more
        read: docs/errors.md#usage
      "
    `);
  });

  it('that start nothing say where to look', async () => {
    expect(await run('why', 'None')).toMatchObject({ code: EXIT.error, err: 'error[NOT_FOUND]: there is no run `run-None`\n  next: `countersign runs list` shows them\n  read: docs/errors.md#not_found\n' });
  });
});

describe('a stack that cannot be reached', () => {
  it('is said not to be known where nothing leads to it', async () => {
    const { err, code } = await run('runs', 'list', '--data', join(folder, 'elsewhere'));
    expect(code).toBe(EXIT.error);
    expect(err).toContain('error[STACK_NOT_RUNNING]: no stack is known here');
    expect(err).toContain('`countersign dev up`');
  });

  it('is said to give no answer where its ledger is gone', async () => {
    const { err, code } = await runWith({ COUNTERSIGN_LEDGER_URL: 'http://127.0.0.1:1' }, 'runs', 'list');
    expect(code).toBe(EXIT.error);
    expect(err).toContain('error[STACK_NOT_RUNNING]: the ledger at `http://127.0.0.1:1` gives no answer\n  next: `countersign dev status` shows what runs, `countersign dev up` starts it');
  });

  it('refuses a token that the ledger does not know, and says which file it is from', async () => {
    writeFileSync(join(folder, 'other'), 'wrong');
    const { err } = await runWith({ COUNTERSIGN_LEDGER_TOKEN_FILE: join(folder, 'other') }, 'runs', 'list');
    expect(err).toContain('error[UNAUTHENTICATED]: the request carries no valid token\n  next: the token is not the one that the ledger expects: see COUNTERSIGN_LEDGER_TOKEN_FILE');
  });
});

describe('approvals list', () => {
  it('says what to type next on stderr, so that stdout is data', async () => {
    const { out, err } = await run('approvals', 'list');
    expect(out.split('\n')[1]).toContain('DdEeFfGg');
    expect(err).toBe('next: countersign approvals show DdEeFfGg\n');
  });
});
