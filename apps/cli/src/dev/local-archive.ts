import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { decodeArchiveKey, DEFAULT_LOCK_DAYS, encodeArchiveKey, initArchive, newArchiveKey, openStore, readDescription, type ArchiveDescription, type ArchiveKey, type ObjectStore } from '@countersign/archive';
import { codeOf } from '@countersign/kernel';
import type { LocalWitness } from './local-witness.js';
import { writePrivate } from './private-files.js';
import type { stackPaths } from './stack-paths.js';

/** Whoever works on this machine wants to see what was archived at once. */
const LOCAL_DELAY_MS = 1_000;
/** Credentials and region of a bucket, as this shell has them; they reach the ledger alone. */
export const bucketCredentials = (env: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (name.startsWith('AWS_') && value !== undefined ? [[name, value]] : [])));

export interface LocalArchive {
  /** What the ledger is started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the command line has to know: where it is, and whose word counts. */
  readonly client: { readonly url: string; readonly anchor: string; readonly witnesses?: readonly string[] };
}

/** The key of this stack's archive, made once. No two stacks write logs of one name. */
const keyOf = (file: string): ArchiveKey => {
  if (existsSync(file)) return decodeArchiveKey(readFileSync(file, 'utf8'));
  const key = newArchiveKey(`local-${randomBytes(4).toString('hex')}`);
  writePrivate(file, encodeArchiveKey(key));
  return key;
};

/** The same, cosigned by a witness that the ledger asks and the command line asks for. */
export const witnessedBy = ({ environment, client }: LocalArchive, { key, address }: Pick<LocalWitness, 'key' | 'address'>): LocalArchive => ({
  environment: { ...environment, COUNTERSIGN_WITNESSES: address },
  client: { ...client, witnesses: [key] },
});

/** As it was begun, else as the best that its place has: a bucket locks what is put there, a folder cannot. */
const lockOf = async (store: ObjectStore, url: string, namespace: string): Promise<ArchiveDescription['lock']> => {
  try {
    return (await readDescription(store, namespace)).lock;
  } catch (fault) {
    if (codeOf(fault) !== 'CONFIG_INVALID') throw fault;
    return url.startsWith('s3:') ? { mode: 'GOVERNANCE', days: DEFAULT_LOCK_DAYS } : null;
  }
};

/** The archive of a local stack: a folder beside its data, or what ARCHIVE_URL names. */
export const prepareArchive = async (paths: Pick<ReturnType<typeof stackPaths>, 'archive' | 'archiveKey'>, { namespace, partitions }: { readonly namespace: string; readonly partitions: number }, env: NodeJS.ProcessEnv): Promise<LocalArchive> => {
  const url = env['ARCHIVE_URL'] ?? pathToFileURL(resolve(paths.archive)).href;
  const store = await openStore(url);
  // An archive that was begun elsewhere has its key elsewhere, too.
  const keyFile = env['COUNTERSIGN_ARCHIVE_KEY_FILE'] ? resolve(env['COUNTERSIGN_ARCHIVE_KEY_FILE']) : paths.archiveKey;
  const { anchor } = await initArchive(store, { key: keyOf(keyFile), namespace, partitions, lock: await lockOf(store, url, namespace) });
  store.close();
  return {
    environment: { ...(url.startsWith('s3:') ? bucketCredentials(env) : {}), ARCHIVE_URL: url, COUNTERSIGN_ARCHIVE_KEY_FILE: keyFile, COUNTERSIGN_ARCHIVE_DELAY_MS: String(LOCAL_DELAY_MS) },
    client: { url, anchor },
  };
};
