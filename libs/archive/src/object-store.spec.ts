import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { objectStoreSuite } from '@countersign/testing';
import { systemClock } from '@countersign/kernel';
import { FileStore } from './file-store.js';
import { MemoryStore } from './memory-store.js';
import { openReadableStore, openStore } from './open-store.js';

/** A small file system of its own is for the super user alone to make. */
const canMount = ((): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
})();

objectStoreSuite('memory', () => Promise.resolve({ store: new MemoryStore(systemClock), hasLocks: true, close: () => Promise.resolve() }));

objectStoreSuite('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  return Promise.resolve({
    store: new FileStore(folder),
    hasLocks: false,
    close: () => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  });
});

describe('an archive in a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'archive-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is the owner’s alone, and what is immutable cannot be written', async () => {
    const store = new FileStore(folder);
    await store.check();
    await store.create('log/tile/0/000', Buffer.from('x'));
    await store.replace('log/checkpoint', Buffer.from('x'));
    const modeOf = (path: string): number => statSync(join(folder, path)).mode & 0o777;
    expect([modeOf('log'), modeOf('log/tile/0'), modeOf('log/tile/0/000'), modeOf('log/checkpoint')]).toEqual([0o700, 0o700, 0o400, 0o600]);
  });

  it('leaves no draft behind, and removes those of processes that died an hour ago', async () => {
    const store = new FileStore(folder);
    await store.create('a', Buffer.from('x'));
    await store.create('a', Buffer.from('y'));
    expect(readdirSync(join(folder, '.drafts'))).toEqual([]);
    const [old, young] = ['old', 'young'].map((name) => join(folder, '.drafts', name));
    for (const draft of [old, young]) writeFileSync(draft ?? '', 'half');
    utimesSync(old ?? '', 0, 0);
    await store.check();
    expect([existsSync(old ?? ''), existsSync(young ?? '')]).toEqual([false, true]);
  });

  it('that others may write into is not one', async () => {
    chmodSync(folder, 0o777);
    await expect(new FileStore(folder).check()).rejects.toMatchObject({ code: 'ARCHIVE_UNSUITABLE', hint: `chmod go-w ${folder}` });
  });

  it.skipIf(!canMount)(`that is full is waited for, and loses nothing${canMount ? '' : ' (skipped: no file system can be mounted here)'}`, async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', small]);
    try {
      const store = new FileStore(small);
      await store.check();
      await store.create('first', Buffer.alloc(100_000, 1));
      await expect(store.create('second', Buffer.alloc(200_000, 2))).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later', message: expect.stringContaining('no room') as string });
      expect([await store.get('second'), readdirSync(join(small, '.drafts'))]).toEqual([undefined, []]);
      await store.remove('first');
      expect(await store.create('second', Buffer.alloc(200_000, 2))).toBe(true);
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it('that is no folder is a fault that may pass', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(new FileStore(file).create('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later' });
  });
});

describe('the URL of an archive', () => {
  it('names a folder or a bucket', async () => {
    expect(await openStore('file:///tmp/archive')).toBeInstanceOf(FileStore);
    expect((await openStore('s3://bucket/some/prefix?endpoint=http://127.0.0.1:9000&region=eu')).constructor.name).toBe('S3Store');
    expect((await openReadableStore('https://example.com/archive/')).constructor.name).toBe('HttpStore');
  });

  it('is refused where it names nothing, a server without TLS, or something unknown', async () => {
    for (const url of ['archive', 'ftp://x/y', 'file://host/tmp', 's3://bucket?endpoint=http://example.com', 's3://bucket?endpoint=nonsense', 's3://bucket?color=red', 'https://example.com/archive']) {
      await expect(openStore(url)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
    await expect(openReadableStore('http://example.com/archive')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
