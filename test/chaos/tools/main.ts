import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { freshDir, freshSeed } from '../options.ts';
import { momentText } from '../timeline.ts';
import { runToolStorm } from './run-tools.ts';

/** The long form: `node test/chaos/tools/main.ts --schedules 200 --seed 20261129`. Exits 1 where something was done twice, lost, or left in doubt without a person. */
const { values } = parseArgs({ options: { schedules: { type: 'string', default: '200' }, seed: { type: 'string', default: String(freshSeed()) } } });
const options = { seed: Number(values.seed), schedules: Number(values.schedules), dir: freshDir() };
process.stderr.write(`seed ${options.seed}, data in ${options.dir}\n`);
const result = await runToolStorm(options, (moment) => void process.stderr.write(`${momentText(moment)}\n`));
const passed = result.violations.length === 0;
console.log(JSON.stringify({ ...result, passed }, undefined, 2));
if (passed) rmSync(options.dir, { recursive: true, force: true });
process.exitCode = passed ? 0 : 1;
