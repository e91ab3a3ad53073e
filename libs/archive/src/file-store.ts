import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CountersignError } from '@countersign/kernel';
import type { ObjectHistory, ObjectStore } from './object-store.js';
import { checkPath } from './paths.js';

/** The archive holds everything: only the owner reads it, and nobody writes into what is there. */
const PRIVATE_FOLDER = 0o700;
const IMMUTABLE_FILE = 0o400;
const POINTER_FILE = 0o600;
/** Where files are until they are whole. A name with a dot in front is no path of an archive. */
const DRAFTS = '.drafts';

const codeOfFault = (fault: unknown): string => (fault instanceof Error && 'code' in fault ? String(fault.code) : '');

const ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

const faultOf = (path: string, cause: unknown): CountersignError => {
  const code = codeOfFault(cause);
  if (ROOM.has(code)) return new CountersignError('ARCHIVE_UNREACHABLE', `there is no room for \`${path}\``, { retry: 'later', cause, hint: 'make room on the disk of the archive: nothing is lost meanwhile' });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new CountersignError('ARCHIVE_REFUSED', `\`${path}\` may not be read or written`, { cause });
  return new CountersignError('ARCHIVE_UNREACHABLE', `\`${path}\` cannot be read or written: ${code || 'unknown fault'}`, { retry: 'later', cause });
};

/** A name is durable once its folder is. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The archive in a folder. It has neither versions nor locks: whoever owns the folder can change it, which verifying shows. */
export class FileStore implements ObjectStore {
  private readonly made = new Map<string, Promise<void>>();

  constructor(private readonly folder: string) {}

  async get(path: string): Promise<Buffer | undefined> {
    checkPath(path);
    try {
      return await readFile(join(this.folder, path));
    } catch (fault) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOfFault(fault))) return undefined;
      throw faultOf(path, fault);
    }
  }

  create(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.write(path, bytes, IMMUTABLE_FILE, async (draft, target) => {
      try {
        await link(draft, target);
        return true;
      } catch (fault) {
        if (codeOfFault(fault) === 'EEXIST') return false;
        throw fault;
      }
    });
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    await this.write(path, bytes, POINTER_FILE, async (draft, target) => {
      await rename(draft, target);
      return true;
    });
  }

  async *list(prefix: string): AsyncGenerator<string> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    for await (const path of this.walk(folder)) if (path.startsWith(prefix)) yield path;
  }

  async remove(path: string): Promise<void> {
    checkPath(path);
    await rm(join(this.folder, path), { force: true }).catch((fault: unknown) => {
      throw faultOf(path, fault);
    });
  }

  async *history(prefix: string): AsyncGenerator<ObjectHistory> {
    for await (const path of this.list(prefix)) yield { path, versions: 1, isDeleted: false };
  }

  /** Makes the folder where it is missing. */
  async check(): Promise<void> {
    try {
      await mkdir(join(this.folder, DRAFTS), { recursive: true, mode: PRIVATE_FOLDER });
      const { mode } = await stat(this.folder);
      if ((mode & 0o022) !== 0) throw new CountersignError('ARCHIVE_UNSUITABLE', `others may write into \`${this.folder}\``, { hint: `chmod go-w ${this.folder}` });
      for (const draft of await readdir(join(this.folder, DRAFTS))) await this.dropOld(draft);
    } catch (fault) {
      throw fault instanceof CountersignError ? fault : faultOf(this.folder, fault);
    }
  }

  close(): void {
    // Nothing is open.
  }

  /** Under another name first, so that a reader, or a crash, never sees half an object. */
  private async write(path: string, bytes: Uint8Array, mode: number, place: (draft: string, target: string) => Promise<boolean>): Promise<boolean> {
    checkPath(path);
    const target = join(this.folder, path);
    const draft = join(this.folder, DRAFTS, randomUUID());
    try {
      await this.makeFolder(join(this.folder, DRAFTS));
      await this.makeFolder(dirname(target));
      const file = await open(draft, 'wx', mode);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      const isPlaced = await place(draft, target);
      await syncFolder(dirname(target));
      return isPlaced;
    } catch (fault) {
      this.made.clear();
      throw faultOf(path, fault);
    } finally {
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  /** Once for each folder: most objects lie in one that is there. */
  private makeFolder(folder: string): Promise<void> {
    const known = this.made.get(folder);
    if (known) return known;
    const made = mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER }).then(() => (folder.startsWith(this.folder) && folder !== this.folder ? syncFolder(dirname(folder)) : undefined));
    this.made.set(folder, made);
    return made;
  }

  private async *walk(folder: string): AsyncGenerator<string> {
    const entries = await readdir(join(this.folder, folder), { withFileTypes: true }).catch((fault: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(codeOfFault(fault))) return [];
      throw faultOf(folder, fault);
    });
    // In the order of whole paths: `a-b` comes before `a/b`.
    const named = entries.map((entry) => ({ entry, name: entry.isDirectory() ? `${entry.name}/` : entry.name })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
    for (const { entry, name } of named) {
      if (name.startsWith('.')) continue;
      if (entry.isDirectory()) yield* this.walk(`${folder}${name}`);
      else yield `${folder}${name}`;
    }
  }

  /** A draft that is an hour old is of a process that died. */
  private async dropOld(draft: string): Promise<void> {
    const path = join(this.folder, DRAFTS, draft);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > 3_600_000) await rm(path, { force: true });
  }
}
