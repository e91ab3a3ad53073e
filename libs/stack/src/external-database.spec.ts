import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { externalDatabase } from './external-database.js';
import { startPostgres, type Postgres } from './postgres.js';

const STARTS = 60_000;

describe('a PostgreSQL that is not ours', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-external-'));
  let server: Postgres;

  const query = async (url: string, text: string): Promise<readonly unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<object>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const as = (user: string, database: string): string => {
    const url = new URL(server.url);
    url.username = user;
    url.password = 'wanderer';
    url.pathname = `/${database}`;
    return url.href;
  };

  beforeAll(async () => {
    server = await startPostgres({ dataDir: join(folder, 'data') });
    await query(server.url, "create role maker login createdb password 'wanderer'; create role guest login password 'wanderer'");
  }, STARTS);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, STARTS);

  it('gets the database that is missing, where the user may make it', async () => {
    const url = await externalDatabase(as('maker', 'countersign'), 'refund_desk');
    expect(url).toBe(as('maker', 'refund_desk'));
    expect(await query(url, 'select current_database() as name')).toEqual([{ name: 'refund_desk' }]);
  });

  it('keeps the one that is there, and what else the URL says', async () => {
    const url = await externalDatabase(`${as('maker', 'countersign')}?application_name=stack`, 'kept');
    expect(url).toBe(`${as('maker', 'kept')}?application_name=stack`);
    await query(url, 'create table runs (id text)');
    await externalDatabase(as('maker', 'countersign'), 'kept');
    expect(await query(url, 'select * from runs')).toEqual([]);
  });

  it('gets it also where the database of the URL is not there itself', async () => {
    expect(await externalDatabase(as('maker', 'nowhere'), 'nowhere')).toBe(as('maker', 'nowhere'));
  });

  it('that does not let us make it is told by the name of the database and what to do', async () => {
    await expect(externalDatabase(as('guest', 'countersign'), 'examples')).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('the database `examples` is not on the PostgreSQL of DATABASE_URL') as string,
      hint: 'have its administrator run `create database examples`, owned by the user of DATABASE_URL',
    });
  });

  it('that nobody answers for is unreachable', async () => {
    await expect(externalDatabase('postgres://nobody@127.0.0.1:1/none', 'countersign')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });
});
