import { cpuSeconds, machineBusySeconds } from './processes.js';

/** What was used while something ran. */
export interface Usage {
  readonly seconds: number;
  /** CPU seconds by name. */
  readonly cpu: Readonly<Record<string, number>>;
  /** CPU seconds of everything else on the machine: noise. */
  readonly foreignCpu: number;
}

/** The bench itself has the whole stack among its children; PostgreSQL works in its children alone. */
const FAMILIES = ['postgres'];

/** Runs something and says what each process used meanwhile; the process that measures is one of them. */
export const measured = async <Result>(pids: Readonly<Record<string, number>>, run: () => Promise<Result>): Promise<{ readonly result: Result; readonly usage: Usage }> => {
  const all = { ...pids, driver: process.pid };
  const before = cpuSeconds(all, FAMILIES);
  const busy = machineBusySeconds();
  const began = performance.now();
  const result = await run();
  const seconds = (performance.now() - began) / 1_000;
  const after = cpuSeconds(all, FAMILIES);
  const cpu = Object.fromEntries(Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]));
  const ours = Object.values(cpu).reduce((sum, used) => sum + used, 0);
  return { result, usage: { seconds, cpu, foreignCpu: Math.max(0, machineBusySeconds() - busy - ours) } };
};
