import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files there are gone with the machine, which is what a test wants, and quick. */
const MEMORY = '/dev/shm';
/** Several times what a stack of the flow tests writes, since others may share it. A container has 64 megabytes there unless it is told otherwise. */
const LEAST_BYTES = 1e9;

const freeBytes = (folder: string): number => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
};

/** A new folder of a name that begins so: in memory where there is room, else where temporary files go. The caller removes it. */
export const memoryFolder = (prefix: string, { memory = MEMORY, leastBytes = LEAST_BYTES } = {}): string =>
  mkdtempSync(join(freeBytes(memory) >= leastBytes ? memory : tmpdir(), prefix));
