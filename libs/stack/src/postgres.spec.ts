import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type Postgres } from './postgres.js';
import { isOpenToAll, launcherFor } from './postgres-account.js';
import { isRunning } from './process-table.js';

const STARTS = 60_000;

const rows = async (url: string, text: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};

describe('a local PostgreSQL', () => {
  // Of mode 0700, as `mkdtemp` makes them: the account that runs PostgreSQL instead of root may not pass by itself.
  const folder = mkdtempSync(join(tmpdir(), 'postgres märz 1 '));
  const dataDir = join(folder, 'one');
  const started: Postgres[] = [];
  let server: Postgres;

  const start = async (name: string): Promise<Postgres> => {
    const made = await startPostgres({ dataDir: join(folder, name) });
    started.push(made);
    return made;
  };

  beforeAll(async () => {
    server = await start('one');
    await rows(server.url, "create table runs (id text primary key); insert into runs values ('run-1')");
  }, STARTS);

  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }, STARTS);

  it('is reached with its password only', async () => {
    await expect(rows(server.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps the password in a file that only the owner reads', () => {
    const memory = join(dataDir, 'postgres.json');
    expect(statSync(memory).mode & 0o777).toBe(0o600);
    expect(server.url).toContain(JSON.parse(readFileSync(memory, 'utf8')).password);
  });

  it('lets others pass its folder where another account has to, and see nothing of it', () => {
    expect(statSync(dataDir).mode & 0o777).toBe(process.getuid?.() === 0 ? 0o711 : 0o700);
    expect(statSync(join(dataDir, 'cluster')).mode & 0o777).toBe(0o700);
  });

  it('keeps rows over a stop, on the same port', async () => {
    const { port, url } = server;
    await server.stop();
    expect(isRunning(server)).toBe(false);
    server = await start('one');
    expect(server).toMatchObject({ port, url });
    expect(await rows(server.url, 'select id from runs')).toEqual([{ id: 'run-1' }]);
  }, STARTS);

  it('keeps rows over SIGKILL, and does not mistake another process for the one that held the data', async () => {
    await server.kill();
    // PostgreSQL believes in a process of its own account only.
    const stranger = spawn(...launcherFor(['/']).command('sleep', ['60']));
    await once(stranger, 'spawn');
    const lock = join(dataDir, 'cluster/postmaster.pid');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(stranger.pid)));
    server = await start('one');
    stranger.kill('SIGKILL');
    expect(await rows(server.url, 'select id from runs')).toEqual([{ id: 'run-1' }]);
  }, STARTS);

  it('stops a server that was left running on the data, and refuses data that a stranger uses', async () => {
    const orphan = server;
    server = await start('one');
    expect(isRunning(orphan)).toBe(false);

    const memory = join(dataDir, 'postgres.json');
    const { process: _, ...forgotten } = JSON.parse(readFileSync(memory, 'utf8'));
    writeFileSync(memory, JSON.stringify(forgotten));
    await expect(start('one')).rejects.toThrow(`is used by process ${server.pid}`);
    expect(isRunning(server)).toBe(true);
  }, STARTS);

  it('runs beside another one, and makes databases by name', async () => {
    const other = await start('two');
    expect(other.port).not.toBe(server.port);
    const payments = await other.database('payments');
    expect(await other.database('payments')).toBe(payments);
    expect(await rows(payments, 'select current_database() as name')).toEqual([{ name: 'payments' }]);
  }, STARTS);
});

describe('the account that runs PostgreSQL', () => {
  it('is the own one for an ordinary user', () => {
    const launcher = launcherFor(['/'], false);
    expect(launcher.account).toBeUndefined();
    expect(launcher.command('initdb', ['--version'])).toEqual(['initdb', ['--version']]);
  });

  it('sees that a folder above is closed to others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'closed-'));
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    chmodSync(inner, 0o755);
    expect(isOpenToAll(inner)).toBe(false);
    chmodSync(folder, 0o755);
    expect(isOpenToAll(inner)).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
