import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { rmSync } from 'node:fs';
import { CLI, OWN_PARTS } from './bench-stack.js';

const execute = promisify(execFile);

/** Seconds of `dev up` from nothing to a stack that works, as a person would wait for it. */
export const coldStart = async (folder: string): Promise<number> => {
  const env = { ...process.env, ...OWN_PARTS };
  const began = performance.now();
  try {
    await execute(process.execPath, [CLI, 'dev', 'up', '--data', folder], { env });
    return (performance.now() - began) / 1_000;
  } finally {
    await execute(process.execPath, [CLI, 'dev', 'down', '--data', folder], { env });
    rmSync(folder, { recursive: true, force: true });
  }
};
