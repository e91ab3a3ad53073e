import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { json, startServer, type LocalServer, type Reply, type Taken } from './local-server.js';

/** The transit engine of Vault as far as encrypt, decrypt and hmac go, as its documentation has them. */
export interface VaultTransit extends LocalServer {
  readonly token: string;
  /** Makes a key, or gives it that of another name: the policy of whoever asks lets them make none. */
  createKey(name: string, like?: string): void;
  /** Everything from here on is wrapped by another version. */
  rotateKey(name: string): void;
  /** Something else instead of an answer; `null` never answers. */
  answer?: (() => Reply | null) | undefined;
  /** Bodies that came in. */
  readonly asked: string[];
}

interface Version {
  readonly key: Buffer;
  readonly hmac: Buffer;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSIONED = /^vault:v(\d+):(.+)$/;

const newVersion = (): Version => ({ key: randomBytes(32), hmac: randomBytes(32) });

const errors = (status: number, ...why: readonly string[]): Reply => json(status, { errors: why });

const encrypt = ({ key }: Version, plaintext: string, context: string): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context, 'base64'));
  return Buffer.concat([iv, cipher.update(plaintext, 'base64'), cipher.final(), cipher.getAuthTag()]).toString('base64');
};

const decrypt = ({ key }: Version, text: string, context: string): string => {
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(context, 'base64')).setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('base64');
};

export const startVaultTransit = async (): Promise<VaultTransit> => {
  const keys = new Map<string, Version[]>();
  const state = { token: randomBytes(16).toString('hex'), asked: [] as string[], answer: undefined as VaultTransit['answer'] };

  const work = (what: string, versions: readonly Version[], said: Readonly<Record<string, string>>): Reply => {
    const newest = versions.length;
    const at = (number: number): Version | undefined => versions[number - 1];
    if (what === 'encrypt') return json(200, { data: { ciphertext: `vault:v${newest}:${encrypt(at(newest) ?? newVersion(), said['plaintext'] ?? '', said['associated_data'] ?? '')}`, key_version: newest } });
    if (what === 'hmac') {
      const number = Number(said['key_version'] ?? newest);
      return json(200, { data: { hmac: `vault:v${number}:${createHmac('sha256', at(number)?.hmac ?? '').update(said['input'] ?? '', 'base64').digest('base64')}` } });
    }
    const [, number, text = ''] = VERSIONED.exec(said['ciphertext'] ?? '') ?? [];
    const version = at(Number(number));
    try {
      if (version) return json(200, { data: { plaintext: decrypt(version, text, said['associated_data'] ?? '') } });
    } catch {
      return errors(400, 'cipher: message authentication failed');
    }
    return errors(400, 'invalid ciphertext: no prefix');
  };

  const take = async ({ method, url, headers, body }: Taken): Promise<Reply | undefined> => {
    state.asked.push(body);
    if (state.answer) return state.answer() ?? undefined;
    const [, what = '', name = '', , algorithm] = /^\/v1\/transit\/(encrypt|decrypt|hmac)\/([^/]+)(\/(.+))?$/.exec(url.pathname) ?? [];
    if (headers['x-vault-token'] !== state.token) return errors(403, 'permission denied');
    if (method !== 'POST' || what === '' || (what === 'hmac') !== (algorithm === 'sha2-256')) return errors(404);
    const versions = keys.get(name);
    // Without the right to make keys, Vault refuses to encrypt with one that is not there.
    return Promise.resolve(versions ? work(what, versions, JSON.parse(body) as Readonly<Record<string, string>>) : errors(what === 'encrypt' ? 403 : 400, 'encryption key not found'));
  };

  const server = await startServer(take);
  return Object.assign(state, server, {
    createKey: (name: string, like?: string): void => void keys.set(name, (like === undefined ? undefined : keys.get(like)) ?? [newVersion()]),
    rotateKey: (name: string): void => void keys.get(name)?.push(newVersion()),
  });
};
