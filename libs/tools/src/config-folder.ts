import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { CountersignError, messageOf } from '@countersign/kernel';

/** Far above what people write: an event of a file's content holds 48 KiB at most. */
export const CONFIG_FILE_LIMIT = 1024 * 1024;

/** What lies in the folder and is not as it must be; `path` is below the folder. */
export interface EntryFault {
  readonly path: string;
  readonly message: string;
}

export interface FolderEntries {
  /** YAML files below the folder, with `/` between the parts of their paths, in order. */
  readonly files: readonly string[];
  readonly faults: readonly EntryFault[];
}

const IS_YAML = /\.ya?ml$/;
/** What is put in the place of a file between the look at the folder and the open is neither followed nor waited for. */
const NO_DETOUR = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const LINK = 'is a link; only files that lie in the folder themselves are read';
const NO_FILE = 'is no regular file';
const TOO_LARGE = `is larger than ${CONFIG_FILE_LIMIT / 1024} KiB`;

const entriesOf = (folder: string): Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the configuration folder \`${folder}\` cannot be read: ${messageOf(cause)}`, { cause });
  }
};

/**
 * Everything below a folder. Links are followed nowhere: a folder that came from a stranger could point at files of whoever reads it,
 * whose lines the faults would show. Throws `CONFIG_INVALID` where a folder cannot be read.
 */
export const findFiles = (folder: string): FolderEntries => {
  const files: string[] = [];
  const faults: EntryFault[] = [];
  const walk = (below: string): void => {
    for (const entry of entriesOf(path.join(folder, below))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isSymbolicLink()) faults.push({ path: name, message: LINK });
      else if (entry.isDirectory()) walk(name);
      else if (IS_YAML.test(name) && entry.isFile()) files.push(name);
      else if (IS_YAML.test(name)) faults.push({ path: name, message: NO_FILE });
    }
  };
  walk('');
  return { files: files.toSorted(), faults: faults.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
};

/** Reads at most one byte more than the limit, whatever size the file says it has. */
const readLimited = (file: number): string | undefined => {
  const bytes = Buffer.alloc(CONFIG_FILE_LIMIT + 1);
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(file, bytes, length, bytes.length - length, null);
    if (read === 0) return bytes.toString('utf8', 0, length);
    length += read;
  }
  return undefined;
};

/** The text of a file that `findFiles` gave, or why it has none. */
export const readConfigFile = (folder: string, name: string): { readonly text: string } | { readonly fault: EntryFault } => {
  const refused = (message: string): { readonly fault: EntryFault } => ({ fault: { path: name, message } });
  let file: number | undefined;
  try {
    file = openSync(path.join(folder, name), NO_DETOUR);
    if (!fstatSync(file).isFile()) return refused(NO_FILE);
    const text = readLimited(file);
    return text === undefined ? refused(TOO_LARGE) : { text };
  } catch (cause) {
    return refused(`cannot be read: ${messageOf(cause)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
};
