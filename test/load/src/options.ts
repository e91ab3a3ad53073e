import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const MEASURED = ['runs', 'policy', 'kill', 'bulkhead', 'query', 'tlog', 'archive'] as const;

export interface BenchOptions {
  /** Runs through all services, decisions alone, how long a kill switch takes, what one tool that hangs does to others, how long lists of runs take, how quickly a log is written, or what archiving costs. */
  readonly what: (typeof MEASURED)[number];
  /** How often both sides are measured. */
  readonly rounds: number;
  /** How many kill switches are pulled. */
  readonly kills: number;
  readonly json: boolean;
  /** Short phases, for whoever works on the bench itself: its figures say little. */
  readonly quick: boolean;
  /** Where CPU profiles of the services go; only what is needed for them is run then. */
  readonly profile: string | undefined;
}

/** Below this a median says nothing. */
const DEFAULT_ROUNDS = 5;
const QUICK_ROUNDS = 1;
/** The 99th percentile of fewer is their maximum. */
const DEFAULT_KILLS = 100;
const QUICK_KILLS = 10;

export const USAGE = `usage: npm run bench -- [policy|kill|bulkhead|query|tlog|archive] [options]
  policy         measure policy decisions alone, next to plain Cedar and OPA
  kill           measure how long kill switches take under load
  bulkhead       measure runs beside a tool that hangs
  query          measure lists of runs, by every filter, at a million events
  tlog           measure what a transparency log costs, without a store
  archive        measure runs with an archive and without, and how quickly it is verified and replayed
  --kills N      how many of them (default ${DEFAULT_KILLS})
  --rounds N     how often both sides are measured (default ${DEFAULT_ROUNDS})
  --json         print one JSON object instead of the table
  --quick        short phases and one round: shows that it runs, says little
  --profile DIR  CPU profiles of the services under load, nothing else`;

/** Reads the command line; throws a `TypeError` that says what is wrong with it. */
export const readOptions = (args: readonly string[], cwd: string): BenchOptions => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' }, kills: { type: 'string' }, json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
  });
  const [named = 'runs', ...more] = positionals;
  const what = MEASURED.find((each) => each === named);
  if (what === undefined || more.length > 0) throw new TypeError(`\`${positionals.join(' ')}\` is nothing that is measured`);
  const number = (name: 'rounds' | 'kills', usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`\`--${name}\` takes a whole number from 1`);
    return value;
  };
  const rounds = number('rounds', values.quick ? QUICK_ROUNDS : DEFAULT_ROUNDS);
  const kills = number('kills', values.quick ? QUICK_KILLS : DEFAULT_KILLS);
  return { what, rounds, kills, json: values.json, quick: values.quick, profile: values.profile === undefined ? undefined : resolve(cwd, values.profile) };
};
