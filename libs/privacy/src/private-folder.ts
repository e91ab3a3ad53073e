import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CountersignError } from '@countersign/kernel';

/** Keys are their owner's alone. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

const isFault = (fault: unknown, code: string): boolean => fault instanceof Error && 'code' in fault && fault.code === code;

const unavailable = (cause: unknown): CountersignError => new CountersignError('KEY_UNAVAILABLE', 'the folder of the keys cannot be used', { retry: 'later', cause, hint: 'see that it is there, that it has room, and that the service may write to it' });

/** Entries of a folder appear and vanish for good once it is synced. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Makes a file that is not there, through a draft, so that nobody ever reads half a file; `false` where there is one, which is left as it is. Durable
 * when this resolves.
 */
export const createPrivately = async (path: string, text: string): Promise<boolean> => {
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const file = await open(draft, 'wx', PRIVATE_FILE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    const isMade = await link(draft, path).then(
      () => true,
      (fault: unknown) => {
        // The draft is gone where another one's file was overwritten meanwhile.
        if (isFault(fault, 'EEXIST') || isFault(fault, 'ENOENT')) return false;
        throw fault;
      },
    );
    await syncFolder(dirname(path));
    return isMade;
  } catch (cause) {
    throw unavailable(cause);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
};

/** Nothing where the file is not there. */
const overwrite = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'r+').catch((fault: unknown) => {
    if (isFault(fault, 'ENOENT')) return undefined;
    throw fault;
  });
  try {
    const { size } = (await file?.stat()) ?? { size: 0 };
    await file?.writeFile(text.padEnd(size));
    await file?.sync();
  } finally {
    await file?.close();
  }
};

/**
 * Writes a text, and blanks behind it, over the bytes of a file, and over drafts of it, which it removes. It has no time in which both are there,
 * whoever is killed over it, and many may do it at once. Both texts are ASCII, and smaller than a sector, which a disk writes whole or not at all. On
 * a medium that writes elsewhere than it is told (flash, copies on write), or that is backed up, the old bytes may still be found: what they are is
 * wrapped by the tenant's key.
 */
export const overwritePrivately = async (path: string, text: string): Promise<void> => {
  const folder = dirname(path);
  try {
    // Who makes a file that is there already places no draft; one that was killed may have left it, perhaps as a second name of the file.
    const drafts = (await readdir(folder)).filter((name) => name.startsWith(`${basename(path)}.`)).map((name) => join(folder, name));
    for (const each of [path, ...drafts]) await overwrite(each, text);
    for (const draft of drafts) await rm(draft, { force: true });
  } catch (cause) {
    throw unavailable(cause);
  }
};

/** Names of the files in a folder; none where it is not there. */
export const listPrivately = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isFault(cause, 'ENOENT')) return [];
    throw unavailable(cause);
  }
};

/** Adds a line to a file, which is made where there is none. Durable when this resolves; lines of several processes never mix. */
export const appendPrivately = async (path: string, line: string): Promise<void> => {
  try {
    const file = await open(path, 'a', PRIVATE_FILE);
    try {
      // A line before it that was cut off by a full disk is none of its own.
      await file.appendFile(`\n${line}`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(dirname(path));
  } catch (cause) {
    throw unavailable(cause);
  }
};

/** Text of a file; `undefined` where there is none. */
export const readPrivately = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isFault(cause, 'ENOENT')) return undefined;
    throw unavailable(cause);
  }
};
