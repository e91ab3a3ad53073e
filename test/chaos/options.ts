import { parseArgs } from 'node:util';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAST_KILLS } from './schedule.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** Runs of the storm; as many as `calmRuns` of the same tasks run undisturbed before it. */
  readonly runs: number;
  readonly calmRuns: number;
  readonly kills: number;
  readonly freezes: number;
  readonly faults: number;
  /** Tasks a second that the upstream sends in the storm, and that may be open at a time. */
  readonly rate: number;
  readonly inFlight: number;
  /** Generated schedules in process, afterwards: so many of the bus, and as many of a tool that fails; 0 for none. */
  readonly schedules: number;
  readonly dir: string;
  readonly resultFile?: string;
}

/** Nothing ended for as long: what is open then is lost. Longer than a session, an attempt's deadline and a start of every process. */
export const STALLED_MS = 90_000;

/** A storm that nobody has seen before; `--seed` brings one back. */
export const freshSeed = (): number => Math.floor(Math.random() * 2 ** 31);

export const freshDir = (): string => mkdtempSync(join(tmpdir(), 'countersign-chaos-'));

/** A storm of a minute: every kind of death once, and one of every service. */
export const shortForm = (seed = freshSeed(), dir = freshDir()): ChaosOptions => ({ seed, runs: 60, calmRuns: 30, kills: LEAST_KILLS, freezes: 1, faults: 10, rate: 3, inFlight: 60, schedules: 0, dir });

const LONG = { runs: '5000', kills: '100', freezes: '25', faults: '200', rate: '8', 'in-flight': '120', schedules: '10000' } as const;

export const USAGE = `usage: npm run chaos [-- options]
  --runs N       runs of the storm, and of the calm before it (${LONG.runs})
  --kills N      processes to kill (${LONG.kills})
  --freezes N    processes to freeze beyond their session timeout (${LONG.freezes}); those frozen between join and claim come on top
  --faults N     faults of the payments service (${LONG.faults})
  --rate N       tasks a second in the storm (${LONG.rate}), at most --in-flight N open (${LONG['in-flight']})
  --calm N       runs of the calm (as --runs)
  --schedules N  generated schedules in process (${LONG.schedules}), so many of the bus and as many of a tool that fails; 0 for none
  --seed N       the storm of an earlier run
  --out FILE     where the result goes as JSON`;

/** Throws a `TypeError` for what is no option, and a `RangeError` for what is no number. */
export const longForm = (args: readonly string[]): ChaosOptions => {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { runs: option, calm: option, kills: option, freezes: option, faults: option, rate: option, 'in-flight': option, schedules: option, seed: option, out: option } });
  const given = { ...LONG, ...values };
  const number = (name: keyof typeof given): number => {
    const value = Number(given[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} is no number: ${given[name] ?? ''}`);
    return value;
  };
  return {
    seed: given.seed === undefined ? freshSeed() : number('seed'),
    runs: number('runs'),
    calmRuns: given.calm === undefined ? number('runs') : number('calm'),
    kills: number('kills'),
    freezes: number('freezes'),
    faults: number('faults'),
    rate: number('rate'),
    inFlight: number('in-flight'),
    schedules: number('schedules'),
    dir: freshDir(),
    ...(given.out === undefined ? {} : { resultFile: given.out }),
  };
};
