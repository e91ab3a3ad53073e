import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';

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
