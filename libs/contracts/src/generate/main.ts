import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokenLocks, currentLock, generatedFiles, LOCK_FILE, pretty, sampleFiles, type Lock } from './files.js';

/**
 * Writes what is generated from the event classes: `node dist/generate/main.js`. A published version never changes, so a
 * schema that differs from its lock is an error; `--unreleased` locks it anew, sample included, while nobody has read it yet.
 */
const home = fileURLToPath(new URL('../..', import.meta.url));
const unreleased = process.argv.includes('--unreleased');

const write = (file: string, text: string): void => {
  const target = path.join(home, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
};

const lockFile = path.join(home, LOCK_FILE);
const locked = existsSync(lockFile) ? (JSON.parse(readFileSync(lockFile, 'utf8')) as Lock) : {};
const lock = currentLock();
const broken = brokenLocks(locked, lock);
if (broken.length > 0 && !unreleased) {
  process.stderr.write(`a published version never changes, write a new one: ${broken.join(', ')}\n`);
  process.exitCode = 1;
} else {
  for (const [file, text] of generatedFiles()) write(file, text);
  for (const [file, text] of sampleFiles()) if (unreleased || !existsSync(path.join(home, file))) write(file, text);
  write(LOCK_FILE, pretty(lock));
}
