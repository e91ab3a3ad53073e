import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalProcess, startPostgres, type Postgres } from '@countersign/stack';

/** A real PostgreSQL of one spec file. */
export interface PostgresFixture {
  /** URL of a new, empty database. */
  database(): Promise<string>;
  /** Ends the server as a crash would; what was committed is there after `restart`. */
  crash(): Promise<void>;
  /** On the same port. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. */
  remove(): Promise<void>;
}

/** Starts a PostgreSQL in a folder of its own, on a free port. The caller has to `remove` it. */
export const startPostgresFixture = async (): Promise<PostgresFixture> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
  const start = (): Promise<Postgres> => startPostgres({ dataDir: folder });
  let server = await start();
  let databases = 0;
  return {
    database: () => {
      databases += 1;
      return server.database(`spec_${databases}`);
    },
    crash: () => server.kill(),
    restart: async () => {
      server = await start();
    },
    remove: async () => {
      // An immediate shutdown: nobody needs the checkpoint, which takes seconds where the disk is slow.
      signalProcess(server, 'SIGQUIT');
      await server.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
