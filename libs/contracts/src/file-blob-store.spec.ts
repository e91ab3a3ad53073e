import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, type Sha256 } from '@countersign/kernel';
import { FileBlobStore } from './file-blob-store.js';

const bytes = Buffer.from('{"rows":[1,2,3]}');
const hash = sha256(bytes);
const missing = expect.objectContaining({ code: 'BLOB_MISSING' });

let folder = '';
let store = new FileBlobStore(folder);
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'blobs-')), 'store');
  store = new FileBlobStore(folder);
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true }));
const file = (): string => path.join(folder, hash.slice(0, 2), hash);

describe('a blob store of files', () => {
  it('gives back what was put, by its hash', async () => {
    const ref = await store.put(bytes, 'application/json');
    expect(ref).toEqual({ sha256: hash, size: bytes.length, mediaType: 'application/json' });
    expect(await new FileBlobStore(folder).get(ref)).toEqual(bytes);
  });

  it('keeps nothing but the blob, for its owner alone', async () => {
    await store.put(bytes, 'application/json');
    expect(readdirSync(path.dirname(file()))).toEqual([hash]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file())).mode & 0o777).toBe(0o700);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('keeps the same bytes once, however many put them at a time', async () => {
    const refs = await Promise.all(Array.from({ length: 8 }, () => new FileBlobStore(folder).put(bytes, 'application/json')));
    expect(new Set(refs.map((ref) => ref.sha256))).toEqual(new Set([hash]));
    expect(readdirSync(path.dirname(file()))).toEqual([hash]);
    const { mtimeMs } = statSync(file());
    await store.put(bytes, 'application/json');
    expect(statSync(file()).mtimeMs).toBe(mtimeMs);
  });

  it('keeps an empty blob', async () => {
    expect(await store.get(await store.put(Buffer.alloc(0), 'text/plain'))).toEqual(Buffer.alloc(0));
  });

  it('does not give what was altered, and heals it when it is put again', async () => {
    const ref = await store.put(bytes, 'application/json');
    writeFileSync(file(), '{"rows":[1,2,4]}');
    await expect(store.get(ref)).rejects.toEqual(missing);
    await store.put(bytes, 'application/json');
    expect(readFileSync(file())).toEqual(bytes);
  });

  it('does not give what is not there, or is of another size than the reference says', async () => {
    await expect(store.get({ sha256: hash, size: bytes.length })).rejects.toEqual(missing);
    await store.put(bytes, 'application/json');
    await expect(store.get({ sha256: hash, size: 1 })).rejects.toEqual(missing);
  });

  it('reads no other file, whatever the reference says', async () => {
    const outside = path.join(path.dirname(folder), 'outside');
    writeFileSync(outside, bytes);
    for (const name of ['../outside', outside, '..', '', `${hash}\n`]) await expect(store.get({ sha256: name as Sha256, size: bytes.length })).rejects.toEqual(missing);
  });

  it('leaves no draft behind when it cannot write, and says that later may be better', async () => {
    mkdirSync(file(), { recursive: true });
    await expect(store.put(bytes, 'text/plain')).rejects.toMatchObject({ code: 'INTERNAL', retry: 'later' });
    expect(readdirSync(path.dirname(file()))).toEqual([hash]);
  });
});
