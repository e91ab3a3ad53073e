import { Option, type Command } from 'commander';
import type { Run } from '../command-context.js';

/** What decides; both give the same verdicts. */
const engine = (): Option => new Option('-e, --engine <engine>', 'what decides').choices(['cedar', 'opa']).default('cedar');

export const addPolicy = (program: Command, run: Run): void => {
  const policy = program.command('policy').description('rules: what they come to, whether they are sound, what they say to a call');
  policy
    .command('compile [dir]')
    .description('what decides, tool by tool, in the language of the engine (default: config)')
    .option('-t, --tool <tool>', 'of this tool only')
    .option('--schema', 'the schema that the policies are validated against, instead of them')
    .addOption(engine())
    .action(run(async () => (await import('../policy/compile.js')).compilePolicies));
  policy
    .command('check [dir]')
    .description('every fault of the files, and rules that never fire, shadow others or speak of no tool; exits 1 on faults')
    .option('--strict', 'warnings fail too')
    .addOption(new Option('-f, --format <format>', 'github: annotations of a pull request').choices(['text', 'github']).default('text'))
    .action(run(async () => (await import('../policy/check.js')).checkPolicies));
  policy
    .command('test [dir]')
    .description('decide the cases in DIR/tests; exits 9 where a verdict is not what its case says')
    .addOption(engine())
    .action(run(async () => (await import('../policy/test.js')).testPolicies));
  policy
    .command('explain [what]')
    .description('why a call is decided as it is: CALL.json, `-` for standard input; or, of what has happened, --run RUN STEP or --action HASH')
    .option('-r, --run <run>', 'the step WHAT of this run, as it was decided')
    .option('-a, --action <hash>', 'the action with this hash, as it was decided')
    .option('--config <dir>', 'under this folder of files instead of what is, or was, in force')
    .action(run(async () => (await import('../policy/explain/explain.js')).explainCall));
  policy
    .command('diff [before] [after]')
    .description('which rules differ between two folders, or between what is in force and one folder, and which calls are decided otherwise')
    .option('--calls <file>', 'decide these calls, JSONL as `policy eval` takes it, instead of made-up ones at the borders of the rules')
    .addOption(new Option('--fail-on <what>', 'what exits 9').choices(['any', 'newly-allowed']).default('any'))
    .action(run(async () => (await import('../policy/diff/diff.js')).diffPolicies));
  policy
    .command('simulate [dir]')
    .description('decide what was decided once more under other files, newly allowed first; exits 9 where a verdict changes')
    .option('-s, --since <when>', 'how far back: an age such as 7d, or a time', '7d')
    .action(run(async () => (await import('../policy/simulate.js')).simulatePolicies));
  policy
    .command('eval')
    .description('decide recorded tool calls, one JSON object a line, without Kafka; 1 where a line cannot be read')
    .requiredOption('--calls <file>', 'JSONL of {id, tenant, workflow, task, history, tool, args}')
    .option('--config <dir>', 'folder of configuration files (default: config)')
    .action(run(async () => (await import('../policy/eval.js')).evalCalls));
};
