import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** How often both sides are measured. */
  readonly rounds: number;
  readonly json: boolean;
  /** Short phases, for whoever works on the bench itself: its figures say little. */
  readonly quick: boolean;
  /** Where CPU profiles of the services go; only what is needed for them is run then. */
  readonly profile: string | undefined;
  /** How many kills are measured, and nothing else. */
  readonly kills: number | undefined;
}

/** Below this a median says nothing. */
const DEFAULT_ROUNDS = 5;
const QUICK_ROUNDS = 1;
/** The 99th percentile of fewer is their maximum. */
const DEFAULT_KILLS = 100;
const QUICK_KILLS = 10;

export const USAGE = `usage: npm run bench -- [kill] [options]
  kill           how long kill switches take under load, nothing else
  --kills N      how many of them (default ${DEFAULT_KILLS})
  --rounds N     how often both sides are measured (default ${DEFAULT_ROUNDS})
  --json         print one JSON object instead of the table
  --quick        short phases and one round: shows that it runs, says little
  --profile DIR  CPU profiles of the services under load, nothing else`;

/** Reads the command line; throws a `TypeError` that says what is wrong with it. */
export const readOptions = (args: readonly string[], cwd: string): BenchOptions => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    args: [...args],
    options: { rounds: { type: 'string' }, kills: { type: 'string' }, json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
  });
  const rounds = values.rounds === undefined ? (values.quick ? QUICK_ROUNDS : DEFAULT_ROUNDS) : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new TypeError('`--rounds` takes a whole number from 1');
  const [what, ...more] = positionals;
  if ((what !== undefined && what !== 'kill') || more.length > 0) throw new TypeError(`\`${positionals.join(' ')}\` is nothing that can be measured`);
  const kills = values.kills === undefined ? (values.quick ? QUICK_KILLS : DEFAULT_KILLS) : Number(values.kills);
  if (!Number.isSafeInteger(kills) || kills < 1) throw new TypeError('`--kills` takes a whole number from 1');
  return { rounds, json: values.json, quick: values.quick, kills: what === 'kill' ? kills : undefined, profile: values.profile === undefined ? undefined : resolve(cwd, values.profile) };
};
