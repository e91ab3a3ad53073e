import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CountersignError, isJsonObject, isName } from '@countersign/kernel';
import type { TenantKey, TenantKeys } from './data-key.js';
import { CONTENT_ENCRYPTION, decryptDirectly, encryptDirectly } from './direct-jwe.js';
import { createPrivately, listPrivately, readPrivately } from './private-folder.js';

const KEY_BYTES = 32;

/** What is derived from a tenant's key, so that no bytes of it serve two ends. */
const PURPOSES = { wrap: 'countersign/data-key/wrap/v1', mac: 'countersign/data-key/id/v1' } as const;

const derive = (secret: Uint8Array, purpose: keyof typeof PURPOSES): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', PURPOSES[purpose], KEY_BYTES));

class FileTenantKey implements TenantKey {
  private readonly wrapping: Uint8Array;
  private readonly naming: Uint8Array;

  constructor(secret: Uint8Array) {
    this.wrapping = derive(secret, 'wrap');
    this.naming = derive(secret, 'mac');
  }

  wrap(secret: Uint8Array): Promise<string> {
    return encryptDirectly(secret, this.wrapping, { alg: 'dir', enc: CONTENT_ENCRYPTION });
  }

  unwrap(wrapped: string): Promise<Uint8Array> {
    return decryptDirectly(wrapped, this.wrapping).catch((cause: unknown) => {
      throw new CountersignError('KEY_UNAVAILABLE', 'a data key cannot be unwrapped: it was wrapped by another key of the tenant', { cause });
    });
  }

  mac(text: string): Promise<Uint8Array> {
    return Promise.resolve(createHmac('sha256', this.naming).update(text).digest());
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own fault quotes what it stumbled over, and that may be the key.
    return undefined;
  }
};

const secretIn = (text: string): Uint8Array => {
  const said = parsed(text);
  const secret = isJsonObject(said) && typeof said['secret'] === 'string' ? Buffer.from(said['secret'], 'base64url') : Buffer.alloc(0);
  if (secret.length !== KEY_BYTES) throw new CountersignError('KEY_INVALID', 'the file of a tenant key holds no key of 32 bytes');
  return secret;
};

/** Keys of tenants as files, `<folder>/<tenant>.json`, mode 0600; one that is not there is made. */
export class FileTenantKeys implements TenantKeys {
  private readonly known = new Map<string, TenantKey>();

  /** `data`: where the keys that they wrap are. */
  constructor(
    private readonly folder: string,
    private readonly data: string,
  ) {}

  async of(tenant: string): Promise<TenantKey> {
    const known = this.known.get(tenant) ?? new FileTenantKey(await this.secretOf(tenant));
    this.known.set(tenant, known);
    return known;
  }

  private async secretOf(tenant: string): Promise<Uint8Array> {
    // The name becomes a path.
    if (!isName(tenant)) throw new CountersignError('KEY_UNKNOWN', 'there are no keys of what can be no tenant');
    const path = join(this.folder, `${tenant}.json`);
    const there = await readPrivately(path);
    if (there !== undefined) return secretIn(there);
    if ((await listPrivately(join(this.data, tenant))).length > 0) throw new CountersignError('KEY_UNAVAILABLE', `\`${path}\` is not there, and there are keys that were wrapped with it`, { hint: 'put it back from where it is kept twice' });
    await createPrivately(path, `${JSON.stringify({ v: 1, tenant, secret: randomBytes(KEY_BYTES).toString('base64url') })}\n`);
    return secretIn((await readPrivately(path)) ?? '{}');
  }
}
