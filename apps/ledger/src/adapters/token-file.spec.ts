import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrMakeToken } from './token-file.js';

describe('the token of the HTTP API', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-token-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made once, and only the owner reads it', () => {
    const path = join(folder, 'token');
    const token = readOrMakeToken(path);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(readOrMakeToken(path)).toBe(token);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not taken from a file that holds none', () => {
    const path = join(folder, 'empty');
    writeFileSync(path, '\n');
    expect(() => readOrMakeToken(path)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    expect(() => readOrMakeToken(join(folder, 'missing/token'))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  });
});
