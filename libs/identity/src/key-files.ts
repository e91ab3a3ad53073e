import { createPrivateKey, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { CountersignError } from '@countersign/kernel';
import { generateKey } from './keys.js';
import { readPrivateFile } from './private-file.js';

/** Owner may read and write, nobody else anything. */
const PRIVATE = 0o600;

const unreadable = (path: string, why: string, hint: string, cause?: unknown): CountersignError =>
  new CountersignError('KEY_INVALID', `the key file \`${path}\` ${why}`, { hint, cause });

const isFileFault = (fault: unknown, code: string): boolean => fault instanceof Error && 'code' in fault && fault.code === code;

const readPrivate = (path: string): string => {
  const file = readPrivateFile(path);
  if ('text' in file) return file.text;
  if (file.fault === 'open') throw unreadable(path, 'can be read by others than its owner', `run \`chmod 600 ${path}\``);
  throw unreadable(path, 'cannot be read', 'give the path of a PKCS #8 PEM file', file.cause);
};

/** The Ed25519 private key in a PKCS #8 PEM file of mode 0600; throws `KEY_INVALID`. */
export const loadKeyFile = (path: string): KeyObject => {
  const text = readPrivate(path);
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    // The parser's own fault may quote the file.
    throw unreadable(path, 'holds no private key', 'give a PKCS #8 PEM file without a passphrase');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unreadable(path, 'holds no Ed25519 key', 'make one with `openssl genpkey -algorithm ed25519`');
  return key;
};

/** Makes a key and writes it to a new file of mode 0600; never over an existing one. Throws `KEY_INVALID`. */
export const createKeyFile = (path: string): KeyObject => {
  const key = generateKey();
  try {
    writeFileSync(path, key.export({ format: 'pem', type: 'pkcs8' }), { flag: 'wx', mode: PRIVATE });
  } catch (cause) {
    throw unreadable(path, isFileFault(cause, 'EEXIST') ? 'exists already' : 'cannot be written', 'give the path of a new file', cause);
  }
  return key;
};

/** The key of a file, which is made if there is none. */
export const loadOrCreateKeyFile = (path: string): KeyObject => {
  try {
    return createKeyFile(path);
  } catch (fault) {
    if (fault instanceof CountersignError && isFileFault(fault.cause, 'EEXIST')) return loadKeyFile(path);
    throw fault;
  }
};
