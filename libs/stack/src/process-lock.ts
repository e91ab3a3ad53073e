import { linkSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { CountersignError } from '@countersign/kernel';
import { parseAs, readText, writePrivateJson } from './private-file.js';
import { makeDataFolder } from './private-folder.js';
import { identify, isProcessIdentity, isRunning, type ProcessIdentity } from './process-table.js';

/** Several processes can find the same dead holder at the same time; one of them gets the lock within a few rounds. */
const ROUNDS = 20;

export type LockOutcome = { readonly held: true; release(): void } | { readonly held: false; readonly holder: ProcessIdentity };

const holderOf = (path: string): ProcessIdentity | undefined => {
  const text = readText(path);
  return text === undefined ? undefined : parseAs(text, isProcessIdentity);
};

/** `link` makes the file with its content or not at all, and never over another one. */
const tryLink = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EEXIST') return false;
    throw fault;
  }
};

/** Moves the lock of a dead process out of the way; puts it back if it was a living one's by then. */
const clearDead = (path: string, aside: string): void => {
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = holderOf(aside);
  if (moved && isRunning(moved)) tryLink(aside, path);
  rmSync(aside, { force: true });
};

/** Takes the lock for this process, also from one that died with it. Does not wait. */
export const takeLock = (path: string): LockOutcome => {
  const self = identify(process.pid);
  if (!self) throw new CountersignError('INTERNAL', 'this process is not in the process table');
  makeDataFolder(dirname(path));
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writePrivateJson(own, self);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (tryLink(own, path)) return { held: true, release: () => rmSync(path, { force: true }) };
      const holder = holderOf(path);
      if (holder && isRunning(holder)) return { held: false, holder };
      clearDead(path, `${own}.dead`);
    }
    throw new CountersignError('TIMED_OUT', `the lock \`${path}\` cannot be taken`, { retry: 'later' });
  } finally {
    rmSync(own, { force: true });
  }
};
