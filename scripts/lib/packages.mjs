import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isOwnNodeEnough } from './facts.mjs';
import { hashOf } from './hash.mjs';
import { BINARIES, LOCK_FILE, MODULES } from './paths.mjs';
import { machineEnvironment, run, SetUpError } from './run.mjs';

/** Says of which lock file the packages are. */
const STAMP = path.join(MODULES, '.countersign-installed');
/** npm writes it last: where it is, an installation came to its end. */
const INSTALLED_LOCK = path.join(MODULES, '.package-lock.json');

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockEntry
 * @typedef {{ packages: Readonly<Record<string, LockEntry>> }} Lock
 */

/**
 * Whether what npm says it installed is what the lock file asks for. Optional packages of other systems may be missing.
 * @param {Lock} wanted
 * @param {Lock} installed
 */
export const isSameSet = (wanted, installed) => {
  const asked = Object.entries(wanted.packages).filter(([name]) => name.includes('node_modules/'));
  const areThere = asked.every(([name, entry]) => {
    const found = installed.packages[name];
    return found ? found.version === entry.version : entry.optional === true || entry.devOptional === true;
  });
  return areThere && Object.keys(installed.packages).every((name) => wanted.packages[name] !== undefined);
};

/** Whether `node_modules` is what `package-lock.json` asks for. */
export const areInstalled = () => {
  if (!existsSync(INSTALLED_LOCK)) return false;
  const lock = readFileSync(LOCK_FILE, 'utf8');
  const stamp = existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : '';
  if (stamp === hashOf(lock)) return true;
  // Somebody ran npm by hand.
  if (!isSameSet(JSON.parse(lock), JSON.parse(readFileSync(INSTALLED_LOCK, 'utf8')))) return false;
  writeFileSync(STAMP, hashOf(lock));
  return true;
};

/** `npm ci`, with the machine's own Node: the one among the packages is removed while it runs. */
export const installPackages = async () => {
  await run('npm', ['ci', '--no-audit', '--no-fund'], { env: machineEnvironment() });
  writeFileSync(STAMP, hashOf(readFileSync(LOCK_FILE, 'utf8')));
};

/** The Node that runs everything but the set-up: the one among the packages, otherwise the machine's own if it is new enough. */
export const findNode = () => {
  const bundled = path.join(BINARIES, 'node');
  if (existsSync(bundled)) return bundled;
  if (isOwnNodeEnough()) return process.execPath;
  throw new SetUpError(`the packages brought no Node for ${process.platform}-${process.arch}, and this one is ${process.versions.node}: install Node 24 from https://nodejs.org`);
};
