import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { CountersignError } from '@countersign/kernel';
import type { KeyStore } from './data-key.js';
import { FileKeyStore } from './file-key-store.js';
import { FileTenantKeys } from './file-tenant-keys.js';

const nowhere = (): Promise<never> => Promise.reject(new CountersignError('KEY_UNAVAILABLE', 'no place for data keys is configured', { hint: 'set COUNTERSIGN_DATA_KEYS to a folder, such as `file:///var/lib/countersign/keys`' }));

/** Without a place for keys nothing is sealed and nothing opened: what would need it fails, and nothing gets out in clear. */
export const NO_KEYS: KeyStore = { keyFor: nowhere, get: nowhere, keysOf: nowhere, runsOf: nowhere, list: nowhere, shred: nowhere };

/** The store that a URL names: `file:` and a folder, with the keys of tenants in `tenants` and those of people and runs in `data`. Throws `CONFIG_INVALID`. */
export const openKeyStore = (url: string | undefined): KeyStore => {
  if (url === undefined || url === '') return NO_KEYS;
  let folder: string;
  try {
    folder = fileURLToPath(url);
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', '`COUNTERSIGN_DATA_KEYS` names no folder', { cause, hint: 'write it as `file:///FOLDER`' });
  }
  return new FileKeyStore(join(folder, 'data'), new FileTenantKeys(join(folder, 'tenants'), join(folder, 'data')));
};
