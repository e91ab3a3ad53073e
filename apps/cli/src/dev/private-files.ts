import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { CountersignError, isJsonObject, type JsonObject } from '@countersign/kernel';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** 256 bits: nobody guesses it. */
const TOKEN_BYTES = 32;

/** Writes a file that its owner alone may read, all at once. */
export const writePrivate = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  writeFileSync(`${path}.part`, text, { mode: PRIVATE_FILE });
  renameSync(`${path}.part`, path);
};

/** The object in a file of JSON; empty where there is no file. Throws `CONFIG_INVALID` for anything else, and quotes none of it. */
export const readPrivateObject = (path: string): JsonObject => {
  if (!existsSync(path)) return {};
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    if (isJsonObject(content)) return content;
  } catch {
    // The parser's own fault quotes what it stumbled over.
  }
  throw new CountersignError('CONFIG_INVALID', `\`${path}\` holds no JSON object`, { hint: 'correct it, or remove it' });
};

/** The token of a file; made if it is not there. */
export const readOrCreateToken = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    writePrivate(path, `${token}\n`);
    return token;
  }
};
