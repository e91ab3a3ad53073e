import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
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

/** Writes a draft beside the target, hands it to `place`, and leaves no draft behind: nobody ever reads half a file. */
const throughDraft = async <T>(path: string, text: string, place: (draft: string) => Promise<T>): Promise<T> => {
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
    const placed = await place(draft);
    await syncFolder(dirname(path));
    return placed;
  } catch (cause) {
    throw unavailable(cause);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
};

/** Makes a file that is not there; `false` where there is one, which is left as it is. Durable when this resolves. */
export const createPrivately = (path: string, text: string): Promise<boolean> =>
  throughDraft(path, text, (draft) =>
    link(draft, path).then(
      () => true,
      (fault: unknown) => {
        if (isFault(fault, 'EEXIST')) return false;
        throw fault;
      },
    ),
  );

/** Overwrites the bytes of a file and removes it. */
const destroy = async (path: string): Promise<void> => {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    await file.write(randomBytes(size), 0, size, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await rm(path);
};

/** What a replacement that was broken off has left of what a file said: its old bytes, and drafts. */
const destroyLeftovers = async (path: string): Promise<void> => {
  try {
    for (const name of await readdir(dirname(path))) if (name.startsWith(`${basename(path)}.`)) await destroy(join(dirname(path), name));
    await syncFolder(dirname(path));
  } catch (cause) {
    throw unavailable(cause);
  }
};

/**
 * Puts another text in place of a file, and overwrites the bytes that it had: also where somebody who did the same was killed over it. On a medium
 * that writes elsewhere than it is told (flash, copies on write), or that is backed up, they may still be found: what they are is wrapped by the
 * tenant's key. `isDone`: the text is there already.
 */
export const overwritePrivately = async (path: string, text: string, { isDone }: { readonly isDone: boolean }): Promise<void> => {
  if (!isDone) {
    await throughDraft(path, text, async (draft) => {
      // Under a name of its own, so that it is found again whatever happens from here on.
      await link(path, `${path}.${randomUUID()}`);
      await rename(draft, path);
    });
  }
  await destroyLeftovers(path);
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
