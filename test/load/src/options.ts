import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Runs through all services, or decisions alone. */
  readonly what: 'runs' | 'policy';
  /** How often both sides are measured. */
  readonly rounds: number;
  readonly json: boolean;
  /** Short phases, for whoever works on the bench itself: its figures say little. */
  readonly quick: boolean;
  /** Where CPU profiles of the services go; only what is needed for them is run then. */
  readonly profile: string | undefined;
}

/** Below this a median says nothing. */
const DEFAULT_ROUNDS = 5;
const QUICK_ROUNDS = 1;

export const USAGE = `usage: npm run bench -- [policy] [options]
  policy         measure policy decisions alone, next to plain Cedar and OPA
  --rounds N     how often both sides are measured (default ${DEFAULT_ROUNDS})
  --json         print one JSON object instead of the table
  --quick        short phases and one round: shows that it runs, says little
  --profile DIR  CPU profiles of the services under load, nothing else`;

/** Reads the command line; throws a `TypeError` that says what is wrong with it. */
export const readOptions = (args: readonly string[], cwd: string): BenchOptions => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' }, json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
  });
  const [what = 'runs', ...more] = positionals;
  if ((what !== 'runs' && what !== 'policy') || more.length > 0) throw new TypeError(`\`${positionals.join(' ')}\` is nothing that is measured`);
  const rounds = values.rounds === undefined ? (values.quick ? QUICK_ROUNDS : DEFAULT_ROUNDS) : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new TypeError('`--rounds` takes a whole number from 1');
  return { what, rounds, json: values.json, quick: values.quick, profile: values.profile === undefined ? undefined : resolve(cwd, values.profile) };
};
