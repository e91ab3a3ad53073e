import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { CountersignError } from '@countersign/kernel';
import { makeDataFolder } from './private-folder.js';

/** Only the user who started the stack reads what it writes: there are passwords in it. */
const OWNER_ONLY = 0o600;

/**
 * Writes the whole file or none of it (a temporary file, then a rename), with mode 0600.
 * Synchronous on purpose: a pid has to be on disk in the same tick in which the process was made.
 */
export const writePrivateFile = (path: string, text: string): void => {
  makeDataFolder(dirname(path));
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, text, { mode: OWNER_ONLY, flag: 'wx' });
  renameSync(temporary, path);
};

export const writePrivateJson = (path: string, value: unknown): void => writePrivateFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** The text of the file, or `undefined` if there is none. */
export const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  }
};

/** The value of a JSON text of the shape that `guard` knows; `undefined` for any other text. */
export const parseAs = <Shape>(text: string, guard: (value: unknown) => value is Shape): Shape | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return guard(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** What an earlier `writePrivateJson` wrote, or `undefined` if there is no such file. Throws `CONFIG_INVALID` when it was damaged since. */
export const readJson = <Shape>(path: string, guard: (value: unknown) => value is Shape): Shape | undefined => {
  const text = readText(path);
  if (text === undefined) return undefined;
  const value = parseAs(text, guard);
  if (value === undefined) {
    throw new CountersignError('CONFIG_INVALID', `\`${path}\` is not what was written there`, { hint: 'remove the data folder to start afresh; what is in it is lost' });
  }
  return value;
};
