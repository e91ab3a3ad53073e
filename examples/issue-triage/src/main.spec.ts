import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Octokit } from '@octokit/rest';
import { beforeAll, expect, it } from 'vitest';
import { triageTasks } from './tasks.js';

const example = fileURLToPath(new URL('..', import.meta.url));

beforeAll(() => {
  // Builds what is stale, so that the processes under test are never old ones.
  execFileSync(fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url)), ['-b', `${example}/tsconfig.json`]);
}, 60_000);

it('says where it listens in one line, serves, and ends with 0 on SIGTERM', async () => {
  const github = spawn(process.execPath, [`${example}/dist/main.js`], { env: { API_TOKEN: 'secret' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(github, 'exit');
  const [line] = await once(createInterface(github.stdout), 'line');
  const { listening } = JSON.parse(String(line));
  const { data } = await new Octokit({ baseUrl: listening, auth: 'secret' }).issues.get({ owner: 'Codertocat', repo: 'Hello-World', issue_number: 2 });
  expect(data.number).toBe(2);
  github.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}, 20_000);

it('ends with 1 and says what is missing', async () => {
  const github = spawn(process.execPath, [`${example}/dist/main.js`], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(github, 'exit');
  const [line] = await once(createInterface(github.stderr), 'line');
  expect(JSON.parse(String(line))).toEqual({ service: 'github', event: 'start failed', cause: 'API_TOKEN must be set' });
  expect(await exited).toEqual([1, null]);
}, 20_000);

it('writes each task into a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'triage-spec-'));
  const printed = execFileSync(process.execPath, [`${example}/dist/write-tasks.js`, folder], { encoding: 'utf8' });
  const events = printed.trim().split('\n').map((file) => JSON.parse(readFileSync(file, 'utf8')));
  rmSync(folder, { recursive: true });
  expect(events).toEqual(triageTasks().map(({ event }) => event));
});
