import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, millis, type Millis } from '@countersign/kernel';

/** A process that cannot be mistaken for another one: the system gives a pid to somebody else sooner or later, never with the same start. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for as long as it is the same process on the same boot. */
  readonly startedAt: string;
}

export const isProcessIdentity = (value: unknown): value is ProcessIdentity =>
  isJsonObject(value) && typeof value['pid'] === 'number' && typeof value['startedAt'] === 'string';

/** How often a process that was told to stop is looked at; stopping is not on a hot path. */
const STOP_POLL = millis(25);

const STAT_STATE = 0;
/** Field 22 of `/proc/<pid>/stat` (proc(5)), counted from the field after the name. */
const STAT_START = 19;

let bootId: string | undefined;
const boot = (): string => (bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

/** `undefined` when the stat line is of a process that has ended and only waits for its parent (a zombie). */
export const startFromStat = (stat: string): string | undefined => {
  // The name may hold blanks and parentheses, so count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STAT_STATE] === 'Z' || fields[STAT_STATE] === 'X' ? undefined : fields[STAT_START];
};

/** `ps -o stat=,lstart=`: what there is where `/proc` is not (macOS). */
export const startFromPs = (line: string): string | undefined => {
  const [state = '', ...start] = line.trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : start.join(' ');
};

/** When the process started, or `undefined` if none of this pid runs. */
export const startedAt = (pid: number): string | undefined => {
  try {
    if (process.platform !== 'linux') {
      return startFromPs(execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }));
    }
    const start = startFromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return start === undefined ? undefined : `${boot()}/${start}`;
  } catch {
    return undefined;
  }
};

export const identify = (pid: number): ProcessIdentity | undefined => {
  const start = startedAt(pid);
  return start === undefined ? undefined : { pid, startedAt: start };
};

export const isSame = (pid: number, start: string): boolean => startedAt(pid) === start;

export const isRunning = (identity: ProcessIdentity): boolean => isSame(identity.pid, identity.startedAt);

/** Sends the signal if, and only if, it is still that process. */
export const signalProcess = (identity: ProcessIdentity, signal: NodeJS.Signals): boolean => {
  if (!isRunning(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
};

/** Waits until the process has ended; false when it still runs after `deadline`. */
export const waitUntilGone = async (identity: ProcessIdentity, deadline: Millis): Promise<boolean> => {
  const end = performance.now() + deadline;
  while (isRunning(identity)) {
    if (performance.now() >= end) return false;
    await sleep(STOP_POLL);
  }
  return true;
};

/**
 * Stops a process that need not be a child of ours: the signal, then SIGKILL after the deadline.
 * Does nothing when the pid belongs to another process by now. Answers how it ended.
 */
export const stopByPid = async (
  identity: ProcessIdentity,
  { signal = 'SIGTERM', deadline }: { readonly signal?: NodeJS.Signals; readonly deadline: Millis },
): Promise<'gone' | 'stopped' | 'killed'> => {
  if (!signalProcess(identity, signal)) return 'gone';
  // A frozen process (SIGSTOP) takes no signal but SIGKILL and SIGCONT.
  signalProcess(identity, 'SIGCONT');
  if (await waitUntilGone(identity, deadline)) return 'stopped';
  signalProcess(identity, 'SIGKILL');
  await waitUntilGone(identity, deadline);
  return 'killed';
};
