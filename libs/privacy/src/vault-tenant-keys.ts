import { CountersignError, isJsonObject, isName, isSecureUrl, messageOf, seconds, type Json, type JsonObject } from '@countersign/kernel';
import type { TenantKey, TenantKeys } from './data-key.js';
import { readPrivately } from './private-folder.js';

const REQUEST_TIMEOUT = seconds(10);

/** Ids of keys are made with the first version of a key: they must stay what they are when it is rotated. */
const NAMING_VERSION = 1;

export interface VaultPlace {
  /** Of the transit engine, without a last `/`: `https://vault.example:8200/v1/transit`. */
  readonly url: string;
  /** Mode 0600, and read anew for each call: tokens do not live long, and an agent exchanges them. */
  readonly tokenFile: string;
}

/** The place that `https://host:port/MOUNT` names. Throws `CONFIG_INVALID`. */
export const vaultPlace = (url: string, tokenFile: string | undefined): VaultPlace => {
  const invalid = (why: string, cause?: unknown): CountersignError => new CountersignError('CONFIG_INVALID', `\`COUNTERSIGN_DATA_KEYS\`: ${why}`, { cause, hint: 'write `file:///FOLDER?vault=https://HOST:8200/transit&token=/FILE`' });
  if (tokenFile === undefined || tokenFile === '') throw invalid('there is no `token`, the file that Vault’s token is in');
  let place: URL;
  try {
    place = new URL(url);
  } catch (cause) {
    throw invalid('`vault` is no URL', cause);
  }
  const { pathname, origin } = place;
  if (!isSecureUrl(place)) throw invalid('`vault` is neither https nor on this machine');
  const mount = pathname.replaceAll(/^\/+|\/+$/g, '');
  if (!/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/.test(mount)) throw invalid('`vault` names no transit engine');
  return { url: `${origin}/v1/${mount}`, tokenFile };
};

/** Says why something cannot be had now, and may be in a moment; what Vault answers is never quoted, for it may name what was sent. */
const unavailable = (why: string, cause?: unknown): CountersignError => new CountersignError('KEY_UNAVAILABLE', `Vault ${why}`, { retry: 'later', cause, hint: 'see that Vault is unsealed, that the token has not run out, and that its policy allows encrypt, decrypt and hmac of the key' });

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

/** What a data key is wrapped for: one that is moved to another tenant cannot be unwrapped there. */
const contextOf = (tenant: string): string => base64(`countersign/data-key/v1/${tenant}`);

class VaultTenantKey implements TenantKey {
  private readonly key: string;

  constructor(
    private readonly place: VaultPlace,
    private readonly tenant: string,
  ) {
    this.key = `countersign-${tenant}`;
  }

  async wrap(secret: Uint8Array): Promise<string> {
    return textIn(await this.ask('encrypt', { plaintext: base64(secret), associated_data: contextOf(this.tenant) }), 'ciphertext');
  }

  async unwrap(wrapped: string): Promise<Uint8Array> {
    return Buffer.from(textIn(await this.ask('decrypt', { ciphertext: wrapped, associated_data: contextOf(this.tenant) }), 'plaintext'), 'base64');
  }

  async mac(text: string): Promise<Uint8Array> {
    const code = textIn(await this.ask('hmac', { input: base64(text), key_version: NAMING_VERSION }, '/sha2-256'), 'hmac');
    return Buffer.from(code.slice(code.lastIndexOf(':') + 1), 'base64');
  }

  private async ask(what: 'encrypt' | 'decrypt' | 'hmac', body: JsonObject, more = ''): Promise<JsonObject> {
    const { url, tokenFile } = this.place;
    const token = (await readPrivately(tokenFile))?.trim();
    if (token === undefined || token === '') throw unavailable(`cannot be asked: there is no token in \`${tokenFile}\``);
    let status: number;
    let text: string;
    try {
      const answer = await fetch(`${url}/${what}/${this.key}${more}`, { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT), headers: { 'x-vault-token': token, 'x-vault-request': 'true', 'content-type': 'application/json' }, body: JSON.stringify(body) });
      [status, text] = [answer.status, await answer.text()];
    } catch (cause) {
      throw unavailable(`cannot be reached: ${messageOf(cause)}`, cause);
    }
    // The answer to a ciphertext that is none of this key's, or that was wrapped for another tenant: asking again does not help.
    if (status === 400) throw new CountersignError('KEY_UNAVAILABLE', `Vault cannot ${what} with key \`${this.key}\`: there is no such key, or what it was given was wrapped by another one`);
    if (status !== 200) throw unavailable(`answers ${status} to ${what} with key \`${this.key}\``);
    return dataIn(text);
  }
}

const dataIn = (text: string): JsonObject => {
  let said: Json;
  try {
    said = JSON.parse(text) as Json;
  } catch {
    throw unavailable('gives an answer that is no JSON');
  }
  const data = isJsonObject(said) ? said['data'] : undefined;
  if (!isJsonObject(data)) throw unavailable('gives an answer without `data`');
  return data;
};

const textIn = (data: JsonObject, name: string): string => {
  const text = data[name];
  if (typeof text !== 'string') throw unavailable(`gives an answer without \`${name}\``);
  return text;
};

/** Keys of tenants in the transit engine of HashiCorp Vault or OpenBao, `countersign-<tenant>` each: they never leave it. */
export class VaultTenantKeys implements TenantKeys {
  constructor(private readonly place: VaultPlace) {}

  async of(tenant: string): Promise<TenantKey> {
    // The name becomes a path.
    if (!isName(tenant)) throw new CountersignError('KEY_UNKNOWN', 'there are no keys of what can be no tenant');
    return Promise.resolve(new VaultTenantKey(this.place, tenant));
  }
}
