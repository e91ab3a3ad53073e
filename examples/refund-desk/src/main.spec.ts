import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TOKEN, startDatabase } from './payments.spec-support.js';
import type { TestDatabase } from './payments.spec-support.js';

const example = fileURLToPath(new URL('..', import.meta.url));
let database: TestDatabase;

beforeAll(async () => {
  // Builds what is stale, so that the process under test is never an old one.
  execFileSync(fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url)), ['-b', `${example}/tsconfig.json`]);
  database = await startDatabase();
}, 60_000);

afterAll(async () => {
  await database.remove();
});

function start(env: Record<string, string>): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [`${example}/dist/main.js`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

it('says where it listens in one line, serves, and ends with 0 on SIGTERM', async () => {
  const service = start({ DATABASE_URL: database.url, API_TOKEN: TOKEN, PORT: '0' });
  const exited = once(service, 'exit');
  const [line] = await once(createInterface(service.stdout), 'line');
  const { listening } = JSON.parse(String(line));
  expect(listening).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const answer = await fetch(`${listening}/charges/ch_5001`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(answer.status).toBe(200);
  await answer.text();
  service.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}, 20_000);

it('ends with 1 and says what is missing', async () => {
  const service = start({});
  const [line] = await once(createInterface(service.stderr), 'line');
  expect(JSON.parse(String(line))).toMatchObject({ event: 'start failed', cause: expect.stringContaining('DATABASE_URL') });
  expect(service.exitCode ?? (await once(service, 'exit'))[0]).toBe(1);
}, 20_000);
