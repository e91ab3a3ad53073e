import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeArchiveKey } from '@countersign/archive';
import { decodeVerifier } from '@countersign/tlog';
import { contextIn } from '../spec-support/context.spec-support.js';
import { beginArchive, type InitOptions } from './init.js';

describe('ledger init', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'init-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const begin = async (options: Partial<InitOptions> = {}) => {
    const { context, out } = contextIn(folder, { json: true });
    const code = await beginArchive(context, { args: [], options: { archive: 'archive', origin: 'ledger.example', keyFile: 'key.json', ...options } });
    return { code, printed: JSON.parse(out()) as { readonly anchor: string; readonly lock: unknown } };
  };

  it('makes a secret that nobody else reads, and prints the key that everybody may have', async () => {
    const { code, printed } = await begin();
    expect(code).toBe(0);
    expect(decodeVerifier(printed.anchor).name).toBe('ledger.example/countersign/anchor/0');
    expect(statSync(join(folder, 'key.json')).mode & 0o777).toBe(0o600);
    expect(decodeArchiveKey(readFileSync(join(folder, 'key.json'), 'utf8')).origin).toBe('ledger.example');
    expect(printed.lock).toBeNull();
  });

  it('finds what was begun with the same words, and refuses others', async () => {
    const first = await begin();
    expect(await begin()).toEqual(first);
    await expect(begin({ partitions: '8' })).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    await expect(begin({ origin: 'other.example' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('leaves no secret where the archive could not be begun, and asks before what cannot be undone', async () => {
    await expect(begin({ lock: 'governance' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(begin({ archive: 's3://bucket', lock: 'compliance' })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--yes') as string });
    await expect(begin({ origin: 'no host' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(existsSync(join(folder, 'key.json'))).toBe(false);
  });
});
