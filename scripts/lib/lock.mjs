import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Pid and start of a process: a pid alone is somebody else's sooner or later. `undefined` when none runs.
 * @param {number} pid
 * @returns {string | undefined}
 */
export const identityOf = (pid) => {
  try {
    if (process.platform !== 'linux') return `${pid} ${execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()}`;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22 of proc(5), counted after the name, which may hold anything.
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined;
  }
};

/** @param {string} file */
const holderOf = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** @param {string | undefined} holder */
const isAlive = (holder) => holder !== undefined && identityOf(Number(holder.split(' ')[0])) === holder;

/**
 * Makes the lock with its content or not at all.
 * @param {string} own
 * @param {string} file
 */
const tryLink = (own, file) => {
  try {
    linkSync(own, file);
    return true;
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EEXIST') return false;
    throw fault;
  }
};

/**
 * Does the work while no other set-up does any in the same place. The lock of a process that is gone is taken over.
 * @template Result
 * @param {string} file
 * @param {() => Promise<Result>} work
 * @param {(holder: string) => void} onWait called once if another one is at it
 * @returns {Promise<Result>}
 */
export const withLock = async (file, work, onWait) => {
  mkdirSync(path.dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, identityOf(process.pid) ?? String(process.pid));
  let isTold = false;
  try {
    while (!tryLink(own, file)) {
      const holder = holderOf(file);
      if (isAlive(holder)) {
        if (!isTold) onWait(holder?.split(' ')[0] ?? '');
        isTold = true;
        await sleep(POLL_MS);
      } else clearDead(file, `${own}.dead`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
};

/**
 * Moves the lock of a dead process out of the way, and back if it was a living one's by then.
 * @param {string} file
 * @param {string} aside
 */
const clearDead = (file, aside) => {
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (isAlive(holderOf(aside))) tryLink(aside, file);
  rmSync(aside, { force: true });
};
