import { generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyFile, loadKeyFile, loadOrCreateKeyFile } from './key-files.js';
import { keyIdOf, publicKeyOf, rawPublicKeyOf } from './keys.js';
import { fileSigner, keyRing } from './signers.js';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'keys-'));
  file = path.join(folder, 'policy.pem');
});
afterEach(() => rmSync(folder, { recursive: true }));

const invalid = (message: string) => expect.objectContaining({ code: 'KEY_INVALID', message: expect.stringContaining(message) });

describe('a key file', () => {
  it('is PKCS #8 PEM that only its owner can read, and gives back its key', () => {
    const key = createKeyFile(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(loadKeyFile(file).equals(key)).toBe(true);
  });

  it('is never written over', () => {
    const key = createKeyFile(file);
    expect(() => createKeyFile(file)).toThrow(invalid('exists already'));
    expect(loadOrCreateKeyFile(file).equals(key)).toBe(true);
  });

  it('is made where there is none', () => {
    expect(loadOrCreateKeyFile(file).equals(loadKeyFile(file))).toBe(true);
  });

  it.each([0o640, 0o604, 0o660, 0o777])('is refused with mode %o', (mode) => {
    createKeyFile(file);
    chmodSync(file, mode);
    expect(() => loadKeyFile(file)).toThrow(invalid('can be read by others'));
    expect(() => loadOrCreateKeyFile(file)).toThrow(invalid('can be read by others'));
  });

  it('is refused when it is not there, or cannot be made', () => {
    expect(() => loadKeyFile(file)).toThrow(invalid('cannot be read'));
    expect(() => loadOrCreateKeyFile(path.join(folder, 'nowhere', 'key.pem'))).toThrow(invalid('cannot be written'));
  });

  it('is refused when it holds something else, and the message quotes none of it', () => {
    writeFileSync(file, '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n', { mode: 0o600 });
    expect(() => loadKeyFile(file)).toThrow(invalid('holds no private key'));
    expect(() => loadKeyFile(file)).not.toThrow(/hunter2/);
  });

  it('is refused when it holds a key of another kind', () => {
    writeFileSync(file, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    expect(() => loadKeyFile(file)).toThrow(invalid('holds no Ed25519 key'));
  });
});

describe('a signer from a file', () => {
  it('signs for its service, under the id of its key', () => {
    const publicKey = rawPublicKeyOf(createKeyFile(file));
    const signer = fileSigner('policy', file);
    expect(signer).toMatchObject({ service: 'policy', key: keyIdOf(publicKey) });
    expect(verify(null, Buffer.from('text'), publicKeyOf(publicKey), signer.sign(Buffer.from('text')))).toBe(true);
  });

  it('is found in a ring by the id of its key, at a time when the key was valid', () => {
    const publicKey = rawPublicKeyOf(createKeyFile(file));
    const ring = keyRing((key, at) => (key === keyIdOf(publicKey) && at <= 1_000 ? { service: 'policy', publicKey } : undefined));
    expect(ring.find(keyIdOf(publicKey), 1_000)).toEqual({ service: 'policy', publicKey: publicKeyOf(publicKey) });
    expect(ring.find(keyIdOf(publicKey), 1_001)).toBeUndefined();
  });
});
