import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second for user space, whatever the kernel's own tick is (proc(5), `USER_HZ`). */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

export interface ProcessStat {
  readonly parent: number;
  /** User and system time of the process and of its children that have ended. */
  readonly cpuSeconds: number;
}

/** Fields of `/proc/<pid>/stat` (proc(5)), counted from the field after the name. */
const PARENT = 1;
const TIMES = [11, 12, 13, 14] as const;

/** The name may hold blanks and parentheses, so fields are counted from the last one. */
export const parseStat = (stat: string): ProcessStat => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = TIMES.reduce((sum, at) => sum + Number(fields[at]), 0);
  return { parent: Number(fields[PARENT]), cpuSeconds: ticks / TICKS_PER_SECOND };
};

/** Bytes of main memory, of `/proc/<pid>/status`. */
export const parseResident = (status: string): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB;

/** CPU seconds of the whole machine, of `/proc/stat`: everything but idle and waiting for disks. */
export const parseBusy = (stat: string): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
};

const statOf = (pid: number): ProcessStat | undefined => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It ended meanwhile.
    return undefined;
  }
};

const processes = (): Map<number, ProcessStat> => {
  const found = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) found.set(Number(name), stat);
  }
  return found;
};

/** A process and its children: PostgreSQL is a family. */
const familyOf = (pid: number, all: ReadonlyMap<number, ProcessStat>): number[] => [pid, ...[...all].filter(([, { parent }]) => parent === pid).map(([child]) => child)];

/** CPU seconds used so far by name of a process; those in `families` count together with their children. */
export const cpuSeconds = (pids: Readonly<Record<string, number>>, families: readonly string[] = []): Record<string, number> => {
  const all = processes();
  const used = (members: readonly number[]): number => members.reduce((sum, member) => sum + (all.get(member)?.cpuSeconds ?? 0), 0);
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, used(families.includes(name) ? familyOf(pid, all) : [pid])]));
};

/** Bytes of main memory that a process has now; 0 for one that has ended. */
export const residentBytes = (pid: number): number => {
  try {
    return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return 0;
  }
};

export const machineBusySeconds = (): number => parseBusy(readFileSync('/proc/stat', 'utf8'));
