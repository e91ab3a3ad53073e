import { parseArgs } from 'node:util';
import { messageOf } from '@countersign/kernel';
import { runDifferential } from '@countersign/testing/differential';

/** The long form of what the unit tests do with 20,000 requests. */
const DEFAULT_REQUESTS = 1_000_000;
/** Any number will do; the same one gives the same rules and calls again. */
const DEFAULT_SEED = 20_260_102;
const SAY_EVERY = 50_000;

const USAGE = `usage: npm run differential -- [options]
  --requests N  generated requests (default ${DEFAULT_REQUESTS})
  --seed N      of rules and requests (default ${DEFAULT_SEED})`;

/** Exit codes of the command line: they disagreed; the call was not understood. */
const FAILED = 1;
const MISUSED = 2;

const count = (name: string, text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`\`--${name}\` takes a whole number from 1`);
  return value;
};

const optionsOrExit = (): { readonly requests: number; readonly seed: number } => {
  try {
    const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } });
    return { requests: count('requests', values.requests, DEFAULT_REQUESTS), seed: count('seed', values.seed, DEFAULT_SEED) };
  } catch (fault) {
    process.stderr.write(`countersign: ${messageOf(fault)}\n${USAGE}\n`);
    process.exit(MISUSED);
  }
};

const began = performance.now();
let told = 0;
const options = optionsOrExit();
const { effects, disagreements } = runDifferential({
  ...options,
  onProgress: (done) => {
    if (done - told < SAY_EVERY) return;
    told = done;
    process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${done.toLocaleString('en-US')} requests\n`);
  },
});
const decided = Object.entries(effects).map(([effect, number]) => `${number.toLocaleString('en-US')} ${effect}`);
process.stdout.write(`${options.requests.toLocaleString('en-US')} requests of seed ${options.seed}: ${decided.join(', ')}; ${disagreements.length === 0 ? 'no disagreement' : 'they disagree'}\n`);
for (const disagreement of disagreements) process.stdout.write(`${JSON.stringify(disagreement, null, 2)}\n`);
if (disagreements.length > 0) process.exitCode = FAILED;
