import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { CountersignError } from '@countersign/kernel';
import { readSecret } from '@countersign/service';

/** 256 bits, so that nobody guesses it. */
const TOKEN_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The token of the file, which is made with a new one where it is missing. Throws `CONFIG_INVALID`. */
export const readOrMakeToken = (path: string): string => {
  try {
    writeFileSync(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, { flag: 'wx', mode: OWNER_ONLY });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (!isThere) throw new CountersignError('CONFIG_INVALID', `the token file \`${path}\` cannot be written`, { cause, hint: 'see COUNTERSIGN_LEDGER_TOKEN_FILE' });
  }
  const token = readSecret(path);
  if (!/^[\x21-\x7e]{16,512}$/.test(token)) throw new CountersignError('CONFIG_INVALID', `the token file \`${path}\` holds no token of 16 to 512 characters`, { hint: 'remove it, and a new one is made' });
  return token;
};
