import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CountersignError, sha256, type Instant, type Sha256 } from '@countersign/kernel';
import type { BlobStore } from './blob-store.js';
import type { BlobRef } from './values/parts.js';
import { SHA256_PATTERN } from './values/patterns.js';

/** Blobs may hold what tools answered: only the owner reads them. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

const missing = (hash: string, why: string, cause?: unknown): CountersignError => new CountersignError('BLOB_MISSING', `blob \`${hash.slice(0, 64)}\` ${why}`, { cause });

/** A rename is durable once its folder is. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Blobs as files: `<folder>/<first two digits>/<sha256>`. Several processes may share a folder. */
export class FileBlobStore implements BlobStore {
  constructor(private readonly folder: string) {}

  async put(bytes: Uint8Array, mediaType: string): Promise<BlobRef> {
    const ref = { sha256: sha256(bytes), size: bytes.length, mediaType };
    if (!(await this.holds(ref))) await this.write(ref.sha256, bytes);
    return ref;
  }

  async get(ref: Pick<BlobRef, 'sha256' | 'size'>): Promise<Buffer> {
    // The hash becomes a path: nothing but a hash may.
    if (!SHA256_PATTERN.test(ref.sha256)) throw missing(ref.sha256, 'has no hash for a name');
    let bytes: Buffer;
    try {
      bytes = await readFile(this.pathOf(ref.sha256));
    } catch (cause) {
      throw missing(ref.sha256, 'is not in the store', cause);
    }
    if (bytes.length !== ref.size || sha256(bytes) !== ref.sha256) throw missing(ref.sha256, 'is not what its hash says');
    return bytes;
  }

  async removeBefore(time: Instant): Promise<number> {
    let removed = 0;
    try {
      for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
        const file = path.join(entry.parentPath, entry.name);
        // Drafts are somebody's at work.
        if (!entry.isFile() || !SHA256_PATTERN.test(entry.name) || (await stat(file)).mtimeMs >= time) continue;
        await rm(file, { force: true });
        removed += 1;
      }
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return removed;
      throw new CountersignError('INTERNAL', 'blobs cannot be removed', { retry: 'later', cause });
    }
    return removed;
  }

  private pathOf(hash: Sha256): string {
    return path.join(this.folder, hash.slice(0, 2), hash);
  }

  /** Also false for a file that was damaged: it is written anew. */
  private async holds(ref: BlobRef): Promise<boolean> {
    return this.get(ref).then(
      () => true,
      () => false,
    );
  }

  /** Under another name first, so that a reader, or a crash, never sees half a blob. */
  private async write(hash: Sha256, bytes: Uint8Array): Promise<void> {
    const target = this.pathOf(hash);
    const folder = path.dirname(target);
    const draft = `${target}.${randomUUID()}`;
    try {
      await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
      const file = await open(draft, 'wx', PRIVATE_FILE);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, target);
      await syncFolder(folder);
      await syncFolder(this.folder);
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw new CountersignError('INTERNAL', `blob \`${hash}\` cannot be written`, { retry: 'later', cause });
    }
  }
}
