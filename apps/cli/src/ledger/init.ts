import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_LOCK_DAYS, decodeArchiveKey, encodeArchiveKey, initArchive, MOST_PARTITIONS, newArchiveKey, openStore, type ArchiveDescription, type ArchiveKey } from '@countersign/archive';
import { DEFAULT_NAMESPACE, DEFAULT_PARTITIONS } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { writePrivate } from '../dev/private-files.js';
import { EXIT } from '../exit-codes.js';
import { countOption } from '../terminal/option-values.js';
import { requireYes } from '../terminal/require-yes.js';
import { urlOf } from './archive-settings.js';

export interface InitOptions {
  readonly archive: string;
  readonly origin: string;
  readonly keyFile: string;
  readonly namespace?: string;
  readonly partitions?: string;
  readonly lock?: 'governance' | 'compliance' | 'none';
  readonly days?: string;
  readonly yes?: boolean;
}

/** Beyond a working life nobody means it. */
const MOST_DAYS = 36_500;

/** The key that is there, or a new one. */
const keyOf = (file: string, origin: string): ArchiveKey => {
  if (!existsSync(file)) return newArchiveKey(origin);
  const key = decodeArchiveKey(readFileSync(file, 'utf8'));
  if (key.origin !== origin) throw new CountersignError('USAGE', `the key in \`${file}\` is of \`${key.origin}\``, { hint: 'name another file with `--key-file`' });
  return key;
};

const lockOf = (url: string, { lock = url.startsWith('s3:') ? 'governance' : 'none', days }: InitOptions): ArchiveDescription['lock'] => {
  const kept = days === undefined ? DEFAULT_LOCK_DAYS : countOption('--days', days, MOST_DAYS);
  if (lock === 'none') return null;
  if (!url.startsWith('s3:')) throw new CountersignError('USAGE', `\`--lock ${lock}\` is for a bucket: a folder has no locks`);
  return { mode: lock === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE', days: kept };
};

/** Mistakes with it last for as long as the locks do: they are spelled out, and the word is typed. */
const agreesToCompliance = (context: CommandContext, days: number, isSaid: boolean): Promise<boolean> =>
  requireYes(context, isSaid, `in mode COMPLIANCE nobody can remove anything from this archive for ${days} days, not even the owner of the bucket, whatever it costs and whatever is in it`, 'compliance');

/** Begins an archive: writes its description, and the key file where there is none. Begun with the same words before, it is found. */
export const beginArchive: Action<InitOptions> = async (context, { options }) => {
  const url = urlOf(context, options.archive);
  const file = resolve(context.cwd, options.keyFile);
  const lock = lockOf(url, options);
  if (lock?.mode === 'COMPLIANCE' && !(await agreesToCompliance(context, lock.days, options.yes === true))) return EXIT.error;
  const store = await openStore(url);
  try {
    const key = keyOf(file, options.origin);
    const partitions = options.partitions === undefined ? DEFAULT_PARTITIONS : countOption('--partitions', options.partitions, MOST_PARTITIONS);
    const description = await initArchive(store, { key, namespace: options.namespace ?? DEFAULT_NAMESPACE, partitions, lock });
    // After the archive took it: a key of nothing would only be mistaken for one.
    if (!existsSync(file)) writePrivate(file, encodeArchiveKey(key));
    context.terminal.result(
      () =>
        [
          `the archive of ${description.origin}/${description.namespace} is in ${url}${lock ? `, each object locked for ${lock.days} days (${lock.mode})` : ''}`,
          `  key of its anchor, for everybody: ${description.anchor}`,
          `  secret, for the ledger alone:     ${file}`,
          `  next: start the ledger with ARCHIVE_URL=${url} and COUNTERSIGN_ARCHIVE_KEY_FILE=${file}`,
        ].join('\n'),
      () => ({ url, keyFile: file, ...description }),
    );
    return EXIT.ok;
  } finally {
    store.close();
  }
};
