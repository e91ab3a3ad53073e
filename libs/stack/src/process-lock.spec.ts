import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from './process-lock.js';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a stack', () => {
  it('is held by one, and free again when that one lets go', () => {
    const path = join(folder, 'stackd.lock');
    const first = takeLock(path);
    expect(first.held).toBe(true);
    expect(takeLock(path)).toMatchObject({ held: false, holder: { pid: process.pid } });
    if (first.held) first.release();
    expect(takeLock(path).held).toBe(true);
    expect(readdirSync(folder)).toEqual(['stackd.lock']);
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 'long ago' })],
    ['a process whose pid is somebody else’s by now', JSON.stringify({ pid: process.pid, startedAt: 'long ago' })],
    ['nobody who can be read', 'half a l'],
  ])('is taken from %s', (_, content) => {
    const path = join(folder, 'stackd.lock');
    writeFileSync(path, content);
    expect(takeLock(path).held).toBe(true);
    expect(takeLock(path).held).toBe(false);
    expect(readdirSync(folder)).toEqual(['stackd.lock']);
  });
});
