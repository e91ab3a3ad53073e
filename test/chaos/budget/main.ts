import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { freshDir } from '../options.ts';
import { runBudgetChaos } from './run-budget.ts';

/** The long form: `node test/chaos/budget/main.ts --runs 2000 --room 300 --kills 60`. Exits 1 where a cap was passed, something stays reserved, or the runs were not all open at one moment. */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '2000' }, room: { type: 'string', default: '300' }, kills: { type: 'string', default: '60' } } });
const options = { runs: Number(values.runs), room: Number(values.room), kills: Number(values.kills), dir: freshDir() };
process.stderr.write(`data in ${options.dir}\n`);
const result = await runBudgetChaos(options);
const passed = result.violations.length === 0 && result.finished === options.runs && result.open === options.runs && result.refunds === options.room && result.shown.reserved === 0 && result.shown.used <= result.cap;
console.log(JSON.stringify({ ...result, passed }, undefined, 2));
if (passed) rmSync(options.dir, { recursive: true, force: true });
process.exitCode = passed ? 0 : 1;
