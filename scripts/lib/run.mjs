import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { BINARIES, ROOT } from './paths.mjs';

/** Lines of a failed command that are shown: enough for npm's and Maven's own explanation. */
const SHOWN_LINES = 30;
/** The end of a command's output that is kept. */
const KEPT_CHARACTERS = 20_000;

/** A step went wrong, and its message is all that the reader needs. */
export class SetUpError extends Error {}

/**
 * Runs a command of the set-up. Its output is shown only when it fails, without lines that `counted` matches: it gives how many there were.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, counted?: RegExp }} [options]
 * @returns {Promise<number>}
 */
export const run = (command, args, { env = process.env, counted } = {}) =>
  new Promise((resolve, reject) => {
    // Before the command begins: a signal in between would end us and leave it running.
    const release = endWith((signal) => child.kill(signal));
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let count = 0;
    const keep = (/** @type {string} */ line) => {
      if (counted?.test(line)) count += 1;
      else output = `${output}${line}\n`.slice(-KEPT_CHARACTERS);
    };
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', keep);
    child.once('error', (fault) => {
      release();
      reject(new SetUpError(`\`${command}\` cannot be started: ${fault.message}`));
    });
    child.once('close', (code, signal) => {
      release();
      if (code === 0) return resolve(count);
      const tail = output.trim().split('\n').slice(-SHOWN_LINES).join('\n');
      reject(new SetUpError(`\`${[path.basename(command), ...args].join(' ')}\` ended with ${signal ?? `exit code ${code}`}\n${tail}`));
    });
  });

/**
 * While a command of the set-up runs, a signal ends it and then us; locks are let go in `exit` handlers.
 * @param {(signal: NodeJS.Signals) => void} end
 */
const endWith = (end) => {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const handlers = signals.map((signal) => {
    const handler = () => {
      end(signal);
      process.exit(128 + constants.signals[signal]);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => handlers.forEach((remove) => remove());
};

/** The environment of everything that runs under Node 24: `node`, `tsc` and `vitest` are those of the packages. */
export const packageEnvironment = (env = process.env) => ({ ...env, PATH: `${BINARIES}${path.delimiter}${env.PATH ?? ''}`, NX_DAEMON: 'false' });

/**
 * Without the programs of the packages, which `npm ci` removes while it runs.
 * @param {NodeJS.ProcessEnv} env
 */
export const machineEnvironment = (env = process.env) => ({
  ...env,
  PATH: (env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')))
    .join(path.delimiter),
});

/**
 * Runs the task in our place: its input and output are ours, signals go on to it, and we end as it ends.
 * @param {string} node
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
export const runInOurPlace = (node, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: 'inherit', env: packageEnvironment() });
    for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'])) {
      // Ctrl-C on a terminal reaches the task by itself; a second one would mean "at once" to it.
      const isFromTerminal = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
      process.on(signal, () => isFromTerminal || child.kill(signal));
    }
    child.once('error', (fault) => reject(new SetUpError(`\`${node}\` cannot be started: ${fault.message}`)));
    child.once('exit', (code, signal) => {
      if (signal) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
      process.exitCode = code ?? 1;
      resolve();
    });
  });
