import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, ERROR_CODES, millis, minutes, type ErrorCode, type Millis } from '@countersign/kernel';
import { describeExit, startChild, tailOf, type Child, type Exit } from './child.js';
import { WORKSPACE_ROOT } from './environment.js';
import { makeDataFolder } from './private-folder.js';
import { takeLock } from './process-lock.js';
import { isRunning, stopByPid } from './process-table.js';
import { isStackRunning, readStackState, stackFiles, stopOrphans, writeStackState, type StackFailure, type StackState } from './stack-state.js';

/** A first start makes Kafka's and PostgreSQL's data and may wait for a busy machine. */
export const STACK_START_DEADLINE = minutes(4);
/** Services, then Kafka and PostgreSQL, each with a deadline of its own. */
export const STACK_STOP_DEADLINE = minutes(2);
const POLL = millis(50);

export interface UpOptions {
  /** `.countersign/<stack>`; made if it is not there. */
  readonly stackDir: string;
  /** Path of the built module that exports `stackDefinition`. */
  readonly definition: string;
  /** Given to the process that runs the stack, beside this one's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly deadline?: Millis;
  /** Called with each change of `stack.json`, for progress. */
  readonly onChange?: (state: StackState) => void;
}

export interface UpResult {
  /** It ran already: nothing was started. */
  readonly found: boolean;
  readonly state: StackState;
}

export interface DownResult {
  /** `killed`: the process that ran it was gone, and what it had left was stopped. */
  readonly was: 'running' | 'killed' | 'stopped';
  /** The names of the parts that ran until now. */
  readonly stopped: readonly string[];
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

const asError = ({ code, message, hint }: StackFailure): CountersignError =>
  new CountersignError(isErrorCode(code) ? code : 'STACK_START_FAILED', message, hint === undefined ? {} : { hint });

const startDaemon = async ({ stackDir, definition, env }: UpOptions): Promise<Child> => {
  const main = join(WORKSPACE_ROOT, 'libs/stack/dist/stackd-main.js');
  if (!existsSync(main)) throw new CountersignError('STACK_START_FAILED', 'the local stack is not built', { hint: 'run `node scripts/bootstrap.mjs build`' });
  const log = openSync(stackFiles(stackDir).log, 'w', 0o600);
  try {
    const child = await startChild(process.execPath, ['--enable-source-maps', main, stackDir, definition], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: stackDir,
      env: { ...process.env, ...env },
    });
    child.process.unref();
    return child;
  } finally {
    closeSync(log);
  }
};

/** Waits for one that is on its way down, so that two of them never share the data. */
const untilStopped = async (stackDir: string): Promise<StackState | undefined> => {
  const state = readStackState(stackDir);
  if (!isStackRunning(state) || (state.phase !== 'stopping' && state.phase !== 'stopped' && state.phase !== 'failed')) return state;
  await sleep(POLL);
  return untilStopped(stackDir);
};

/**
 * Brings the stack up and answers when every part is ready; its processes go on without this one.
 * Finds a stack that runs, waits for one that starts, and stops what a killed one left running.
 * Throws what kept it from starting, with the end of the log; then nothing of it runs.
 */
export const stackUp = async (options: UpOptions): Promise<UpResult> => {
  const { stackDir, onChange, deadline = STACK_START_DEADLINE } = options;
  makeDataFolder(stackDir);
  const before = await untilStopped(stackDir);
  if (isStackRunning(before) && before.phase === 'ready') return { found: true, state: before };

  const child = isStackRunning(before) ? undefined : await startDaemon(options);
  let ended: Exit | undefined;
  void child?.exited.then((exit) => (ended = exit));
  const end = performance.now() + deadline;
  let told = '';
  for (;;) {
    // Before the file: what the process wrote last is in it.
    const exit = ended;
    const state = readStackState(stackDir);
    const isAlive = state !== undefined && isRunning(state.daemon);
    const isOwn = state !== undefined && child !== undefined && state.daemon.pid === child.pid && state.daemon.startedAt === child.startedAt;
    if (state && (isAlive || isOwn)) {
      const text = JSON.stringify(state);
      if (text !== told) onChange?.(state);
      told = text;
      if (isAlive && state.phase === 'ready') return { found: !isOwn, state };
      // It says so before it ends.
      if (isOwn && exit && state.phase === 'failed' && state.failure) throw asError(state.failure);
    }
    if (!isAlive && (exit || !child)) {
      const how = exit ? describeExit(exit) : 'it was killed';
      throw new CountersignError('STACK_START_FAILED', `the local stack ended while it started (${how})\n${tailOf(stackFiles(stackDir).log)}`.trimEnd());
    }
    if (performance.now() >= end) {
      throw new CountersignError('TIMED_OUT', `the local stack is not ready after ${deadline / 1_000} s`, { hint: `see \`${stackFiles(stackDir).log}\``, retry: 'later' });
    }
    await sleep(POLL);
  }
};

/** Stops the stack and answers when no process of it is left, also after the process that ran it was killed. */
export const stackDown = async (stackDir: string): Promise<DownResult> => {
  const state = readStackState(stackDir);
  const running = isStackRunning(state);
  if (running) await stopByPid(state.daemon, { deadline: STACK_STOP_DEADLINE });
  const left = readStackState(stackDir);
  if (left === undefined) return { was: 'stopped', stopped: [] };
  const lock = takeLock(stackFiles(stackDir).lock);
  // Somebody brought it up again meanwhile: what runs now is theirs.
  if (!lock.held) return { was: 'running', stopped: Object.keys(left.parts) };
  try {
    const orphans = await stopOrphans(left);
    if (left.phase !== 'stopped' && left.phase !== 'failed') writeStackState(stackDir, { ...left, phase: 'stopped', step: 'stopped', parts: {} });
    if (running) return { was: 'running', stopped: Object.keys(left.parts) };
    return { was: orphans.length > 0 ? 'killed' : 'stopped', stopped: orphans };
  } finally {
    lock.release();
  }
};
