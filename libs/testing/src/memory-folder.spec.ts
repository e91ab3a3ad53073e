import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryFolder } from './memory-folder.js';

/** Stands for the file system in memory. */
let memory = '';
const made: string[] = [];
const folderIn = (options: Parameters<typeof memoryFolder>[1]): string => {
  const folder = memoryFolder('memory-spec-', { memory, ...options });
  made.push(folder);
  return dirname(folder);
};

beforeEach(() => (memory = mkdtempSync(join(tmpdir(), 'memory-'))));
afterEach(() => {
  for (const folder of [...made.splice(0), memory]) rmSync(folder, { recursive: true });
});

describe('a folder for data that need not last', () => {
  it('is in memory where there is room', () => {
    expect(folderIn({ leastBytes: 1 })).toBe(memory);
  });

  it('is among the temporary files where memory is small, and leaves nothing there', () => {
    expect(folderIn({ leastBytes: Number.MAX_SAFE_INTEGER })).toBe(tmpdir());
    expect(readdirSync(memory)).toEqual([]);
  });

  it('is among the temporary files where there is no such place', () => {
    expect(folderIn({ memory: join(memory, 'nowhere') })).toBe(tmpdir());
  });
});
