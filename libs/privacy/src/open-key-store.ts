import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { CountersignError } from '@countersign/kernel';
import type { KeyStore, TenantKeys } from './data-key.js';
import { FileKeyStore } from './file-key-store.js';
import { FileTenantKeys } from './file-tenant-keys.js';
import { vaultPlace, VaultTenantKeys } from './vault-tenant-keys.js';

const nowhere = (): Promise<never> => Promise.reject(new CountersignError('KEY_UNAVAILABLE', 'no place for data keys is configured', { hint: 'set COUNTERSIGN_DATA_KEYS to a folder, such as `file:///var/lib/countersign/keys`' }));

/** Without a place for keys nothing is sealed and nothing opened: what would need it fails, and nothing gets out in clear. */
export const NO_KEYS: KeyStore = { keyFor: nowhere, get: nowhere, keysOf: nowhere, runsOf: nowhere, list: nowhere, shred: nowhere };

const KNOWN: ReadonlySet<string> = new Set(['vault', 'token']);

const parse = (url: string): { readonly folder: string; readonly options: URLSearchParams } => {
  const invalid = (why: string, cause?: unknown): CountersignError => new CountersignError('CONFIG_INVALID', `\`COUNTERSIGN_DATA_KEYS\` ${why}`, { cause, hint: 'write it as `file:///FOLDER`' });
  try {
    const { searchParams } = new URL(url);
    const unknown = [...searchParams.keys()].find((name) => !KNOWN.has(name));
    if (unknown !== undefined) throw invalid(`knows nothing of \`${unknown}\``);
    return { folder: fileURLToPath(url), options: searchParams };
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw invalid('names no folder', cause);
  }
};

/** Who wraps the data keys in `data`: Vault where the URL names one, and else keys of tenants beside them. */
const tenantKeysOf = (folder: string, data: string, options: URLSearchParams): TenantKeys => {
  const vault = options.get('vault');
  return vault === null ? new FileTenantKeys(join(folder, 'tenants'), data) : new VaultTenantKeys(vaultPlace(vault, options.get('token') ?? undefined));
};

/**
 * The store that a URL names: `file:` and a folder, with the keys of people and runs in `data` and those of tenants in `tenants`, or
 * with `?vault=https://HOST/MOUNT&token=/FILE` in a transit engine of Vault. Throws `CONFIG_INVALID`.
 */
export const openKeyStore = (url: string | undefined): KeyStore => {
  if (url === undefined || url === '') return NO_KEYS;
  const { folder, options } = parse(url);
  const data = join(folder, 'data');
  return new FileKeyStore(data, tenantKeysOf(folder, data, options));
};
