import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { millis } from '@countersign/kernel';
import { identify, isRunning, isSame, signalProcess, startFromPs, startFromStat, stopByPid, type ProcessIdentity } from './process-table.js';

const children: ChildProcess[] = [];

/** A line of `/proc/77/stat`. */
const stat = (state: string): string => `77 (a) b (c) ${state} 1 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 424242 9 9`;

const start = async (script: string): Promise<ProcessIdentity> => {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up'); setInterval(() => {}, 1000)`], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (!identity) throw new Error('the child does not run');
  return identity;
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('a process', () => {
  it('is itself for as long as it runs, and nobody afterwards', async () => {
    const child = await start('');
    expect(isSame(child.pid, child.startedAt)).toBe(true);
    expect(await stopByPid(child, { deadline: millis(5_000) })).toBe('stopped');
    expect(isRunning(child)).toBe(false);
    expect(await stopByPid(child, { deadline: millis(5_000) })).toBe('gone');
  });

  it('is not touched when its pid belongs to another one by now', async () => {
    const child = await start('');
    const former = { pid: child.pid, startedAt: 'long ago' };
    expect(signalProcess(former, 'SIGKILL')).toBe(false);
    expect(await stopByPid(former, { deadline: millis(1_000) })).toBe('gone');
    expect(isRunning(child)).toBe(true);
  });

  it('is killed when it does not listen', async () => {
    const child = await start("process.on('SIGTERM', () => {})");
    expect(await stopByPid(child, { deadline: millis(200) })).toBe('killed');
    expect(isRunning(child)).toBe(false);
  });

  it('can be stopped while it is frozen', async () => {
    const child = await start('');
    signalProcess(child, 'SIGSTOP');
    expect(await stopByPid(child, { deadline: millis(5_000) })).toBe('stopped');
  });
});

describe('the start of a process', () => {
  it('is read from a stat line whose name holds blanks and parentheses', () => {
    expect(startFromStat(stat('S'))).toBe('424242');
    expect(startFromStat(stat('Z'))).toBeUndefined();
  });

  it('is read from `ps` where there is no /proc', () => {
    expect(startFromPs('Ss   Sat Nov 21 09:11:05 2026\n')).toBe('Sat Nov 21 09:11:05 2026');
    expect(startFromPs('Z    Sat Nov 21 09:11:05 2026\n')).toBeUndefined();
    expect(startFromPs('')).toBeUndefined();
  });
});
