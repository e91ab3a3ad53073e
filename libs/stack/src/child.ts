import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { existsSync, openSync, closeSync, fstatSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, millis, type Millis } from '@countersign/kernel';
import { identify, type ProcessIdentity } from './process-table.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that we started. */
export interface Child extends ProcessIdentity {
  readonly process: ChildProcess;
  /** Settles once, when it has ended; never rejects. */
  readonly exited: Promise<Exit>;
}

/** A start that no running process has: a child that ended before we could look is nobody. */
const ENDED_AT_ONCE = 'ended';

/** Starts a process; throws `TOOLING_MISSING` with the hint when the program is not there. */
export const startChild = async (
  command: string,
  args: readonly string[],
  { hint, ...options }: SpawnOptions & { readonly hint?: string },
): Promise<Child> => {
  const child = spawn(command, args, options);
  const pid = child.pid;
  if (pid === undefined) {
    const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new CountersignError('TOOLING_MISSING', `\`${command}\` cannot be started: ${cause.message}`, { cause, ...(hint === undefined ? {} : { hint }) });
  }
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  return { pid, startedAt: identify(pid)?.startedAt ?? ENDED_AT_ONCE, process: child, exited };
};

/** How often a process that starts is asked whether it is ready. */
const READY_POLL = millis(50);

/** Asks until the answer is yes, the process has ended, or it is too late. */
export const whenReady = async (child: Child, isReady: () => Promise<boolean>, deadline: Millis): Promise<Exit | 'ready' | 'late'> => {
  const end = performance.now() + deadline;
  let ended: Exit | undefined;
  void child.exited.then((exit) => (ended = exit));
  while (performance.now() < end) {
    if (ended) return ended;
    if (await isReady()) return 'ready';
    await sleep(READY_POLL);
  }
  return 'late';
};

/** `exit code 1`, `signal SIGKILL`. */
export const describeExit = ({ code, signal }: Exit): string => (signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`);

/** Why a process is not there: `gave no answer in time`, `ended (exit code 1)`. */
export const describeFailure = (outcome: Exit | 'late'): string => (outcome === 'late' ? 'gave no answer in time' : `ended (${describeExit(outcome)})`);

/** Enough for a Java stack trace. */
const TAIL_BYTES = 16_384;

/** The last lines of a file, for a message about a process that did not start; empty if there is no such file. */
export const tailOf = (path: string, lines = 15): string => {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const length = Math.min(size, TAIL_BYTES);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(file);
  }
};
