import { describe, expect, it } from 'vitest';
import { cpuSeconds, machineBusySeconds, parseBusy, parseResident, parseStat, residentBytes } from './processes.js';

describe('what the system says of processes', () => {
  it('is read past a name with blanks and parentheses', () => {
    expect(parseStat('42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 25 25 20 0 11 0 5000 1000 200')).toEqual({ parent: 7, cpuSeconds: 2.5 });
  });

  it('gives the memory in bytes', () => {
    expect(parseResident('Name:\tnode\nVmHWM:\t  9000 kB\nVmRSS:\t    2048 kB\nThreads:\t11\n')).toBe(2 * 1024 * 1024);
  });

  it('counts no idle time of the machine', () => {
    expect(parseBusy('cpu  100 200 300 9999 8888 40 60 0 0 0\ncpu0 1 2 3 4 5 6 7 0 0 0\n')).toBe(7);
  });

  it.runIf(process.platform === 'linux')('knows this process, and that it works', () => {
    const before = cpuSeconds({ self: process.pid })['self'] ?? 0;
    const busy = machineBusySeconds();
    for (const start = process.cpuUsage(); process.cpuUsage(start).user < 60_000; );
    expect((cpuSeconds({ self: process.pid })['self'] ?? 0) - before).toBeGreaterThanOrEqual(0.05);
    expect(machineBusySeconds()).toBeGreaterThan(busy);
    expect(residentBytes(process.pid)).toBeGreaterThan(10 * 1024 * 1024);
  });
});
