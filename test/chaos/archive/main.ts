import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { freshSeed } from '../options.ts';
import { freshDir, runKills } from './run-kills.ts';

/** The long form: `node test/chaos/archive/main.ts --kills 200 --seed 20260721`. Exits 1 where the archive is not whole, not Kafka's, or not what an undisturbed ledger writes. */
const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: String(freshSeed()) } } });
const options = { seed: Number(values.seed), kills: Number(values.kills), dir: freshDir() };
process.stderr.write(`seed ${options.seed}, data in ${options.dir}\n`);
const startedAt = performance.now();
const result = await runKills(options, (text) => void process.stderr.write(`${(performance.now() / 1_000).toFixed(1)} s  ${text}\n`));
const passed = result.violations.length === 0;
console.log(JSON.stringify({ ...result, seconds: Math.round((performance.now() - startedAt) / 1_000), passed }, undefined, 2));
if (passed) rmSync(options.dir, { recursive: true, force: true });
process.exitCode = passed ? 0 : 1;
