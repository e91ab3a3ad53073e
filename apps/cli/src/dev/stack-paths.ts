import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WORKSPACE_ROOT } from '@countersign/stack';

/** Where the parts of a local stack lie below its folder. */
export const stackPaths = (stackDir: string) => ({
  secrets: join(stackDir, 'secrets'),
  blobs: join(stackDir, 'blobs'),
  connections: join(stackDir, 'connections.json'),
  /** What endpoints are signed for with; where it is there, the service that tells them runs. */
  webhooks: join(stackDir, 'webhooks.json'),
  client: join(stackDir, 'client.json'),
  options: join(stackDir, 'options.json'),
  /** What the ledger is started with: `ledger rebuild` starts another one with the same. */
  ledgerEnvironment: join(stackDir, 'ledger.json'),
  ledgerToken: join(stackDir, 'secrets', 'ledger.token'),
  /** Where the archive is kept, unless ARCHIVE_URL names another place. */
  archive: join(stackDir, 'archive'),
  archiveKey: join(stackDir, 'secrets', 'archive-key.json'),
  /** Keys of sealed values; whoever holds them reads what is personal. */
  dataKeys: pathToFileURL(resolve(stackDir, 'data-keys')).href,
  witnessSeed: join(stackDir, 'secrets', 'witness.seed'),
  /** What the witness has cosigned. */
  witness: join(stackDir, 'witness.db'),
});

/** The built entry point of an app or example. */
export const entryOf = (home: string): string => join(WORKSPACE_ROOT, home, 'dist/main.js');
