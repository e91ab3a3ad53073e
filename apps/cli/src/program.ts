import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Run } from './command-context.js';
import { addAccess } from './commands/access.js';
import { addApprovals } from './commands/approvals.js';
import { addBudgets } from './commands/budgets.js';
import { addAttack } from './commands/attack.js';
import { addCompletion } from './commands/completion.js';
import { addConfig } from './commands/config.js';
import { addDemo } from './commands/demo.js';
import { addDev } from './commands/dev.js';
import { addEscalations } from './commands/escalations.js';
import { addDlq } from './commands/dlq.js';
import { addDoctor } from './commands/doctor.js';
import { addIncident } from './commands/incident.js';
import { addLedger } from './commands/ledger.js';
import { addMcp } from './commands/mcp.js';
import { addNow } from './commands/now.js';
import { addPolicy } from './commands/policy.js';
import { addReplay } from './commands/replay.js';
import { addReadiness } from './commands/readiness.js';
import { addRuns } from './commands/runs.js';
import { addStop } from './commands/stop.js';
import { addTail } from './commands/tail.js';
import { addTask } from './commands/task.js';
import { addTools } from './commands/tools.js';
import { addUndo } from './commands/undo.js';
import { addWhy } from './commands/why.js';

const EXIT_CODES = `Exit codes:
  0 ok                     3 denied by policy, stopped    6 executed, not verified
  1 error                  4 pending                      7 failed and compensated
  2 wrong usage            5 denied or expired by people  8 integrity failure, 9 drift`;

/** Of the command line, as its package says. */
export const versionOf = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return version;
};

/** Where help is written. */
type Streams = Readonly<Record<'stdout' | 'stderr', NodeJS.WritableStream>>;

/** Every command, with what it takes; what they do is loaded when one is run. Faults are thrown as commander's own. */
export const createProgram = (run: Run, { stdout, stderr }: Streams = process): Command => {
  const program = new Command('countersign')
    .description('Lets AI agents act on real systems without being trusted.')
    .version(versionOf())
    .option('--json', 'print one JSON object, or JSONL for streams')
    .option('-q, --quiet', 'print data and errors only')
    .option('--debug', 'print where an error came from')
    .option('--data <dir>', 'data folder of the stack (COUNTERSIGN_HOME; else the nearest .countersign)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined, writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .exitOverride()
    .addHelpText('after', `\n${EXIT_CODES}`);
  program.commandsGroup('Stack:');
  addDemo(program, run);
  addDev(program, run);
  addDoctor(program, run);
  addAttack(program, run);
  addConfig(program, run);
  addPolicy(program, run);
  addTools(program, run);
  addMcp(program, run);
  addAccess(program, run);
  program.commandsGroup('Work:');
  addTask(program, run);
  addApprovals(program, run);
  addEscalations(program, run);
  addUndo(program, run);
  program.commandsGroup('Stop:');
  addStop(program, run);
  program.commandsGroup('What happened:');
  addNow(program, run);
  addRuns(program, run);
  addWhy(program, run);
  addIncident(program, run);
  addReadiness(program, run);
  addBudgets(program, run);
  addTail(program, run);
  addDlq(program, run);
  addLedger(program, run);
  addReplay(program, run);
  program.commandsGroup('Shell:');
  addCompletion(program, run);
  return program;
};
