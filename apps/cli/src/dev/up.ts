import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CountersignError, formatDuration, isName, millis } from '@countersign/kernel';
import { KAFKA_VARIABLES } from '@countersign/service/client';
import { stackUp, type StackState } from '@countersign/stack';
import type { Action, CommandContext } from '../command-context.js';
import { KAFKA_PATHS } from '../connection/settings.js';
import { commandLine } from '../terminal/command-line.js';
import { countOption } from '../terminal/option-values.js';
import { anchorLines } from './anchor-line.js';
import { buildWitness } from './local-witness.js';
import { sharedLogins } from './logins.js';
import { MOST_PARTITIONS, REPLICAS_PATTERN, STACK_VARIABLES } from './stack-options.js';

interface UpOptions {
  readonly examples?: boolean;
  readonly slackSim?: boolean;
  readonly witness?: boolean;
  readonly restore?: boolean;
  readonly seen?: readonly string[];
  readonly partitions?: string;
  readonly tenants?: string;
  readonly replicas?: string;
  readonly namespace?: string;
}

/** The module that the process of the stack loads. */
const DEFINITION = fileURLToPath(new URL('./local-stack.js', import.meta.url));

const environmentOf = (options: UpOptions): Record<string, string> =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => {
      const variable = STACK_VARIABLES[name];
      return variable === undefined || value === undefined ? [] : [[variable, String(value)]];
    }),
  );

/** The process of the stack runs in another folder than the shell whose variables these are. */
const absolutePaths = (env: NodeJS.ProcessEnv, cwd: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(KAFKA_VARIABLES).flatMap(([field, variable]) => {
      const path = env[variable];
      return path && KAFKA_PATHS.has(field) ? [[variable, resolve(cwd, path)]] : [];
    }),
  );

/** What was typed is checked here, and not only by the process of the stack, which is handed an environment. Throws `USAGE`. */
const checkOptions = ({ partitions, tenants, replicas, restore, seen }: UpOptions): void => {
  if (seen && restore !== true) throw new CountersignError('USAGE', '`--seen` is for `--restore`', { hint: '`ledger verify --seen FILE` holds the archive of the stack here against it' });
  if (partitions !== undefined) countOption('--partitions', partitions, MOST_PARTITIONS);
  const refuse = (name: string, text: string, what: string): void => {
    throw new CountersignError('USAGE', `\`${name}\` takes ${what}, not \`${text}\``);
  };
  if (tenants !== undefined && !tenants.split(',').every((each) => isName(each.trim()))) refuse('--tenants', tenants, 'names such as `acme,globex`');
  if (replicas !== undefined && !replicas.split(',').every((each) => REPLICAS_PATTERN.test(each.trim()))) refuse('--replicas', replicas, 'numbers such as `planner=2,policy=2`');
};

/** A stack that runs is not changed by what is typed. Throws `USAGE` where it lacks what was asked for. */
const requireSame = ({ examples, slackSim, witness }: UpOptions, { parts }: StackState, env: NodeJS.ProcessEnv): void => {
  const asked = { '--examples': examples === true && 'payments', '--slack-sim': slackSim === true && 'slack-sim', '--witness': witness === true && 'witness' };
  const missing = Object.entries(asked).flatMap(([option, part]) => (part !== false && !(part in parts) ? [option] : []));
  if (missing.length > 0) throw new CountersignError('USAGE', `the stack runs already, without \`${missing.join(' ')}\``, { hint: `end it first, nothing is lost: \`${commandLine('dev down', env)}\`` });
};

/** Starts the stack of a data folder, with progress; gives its state. */
export const startStack = async ({ terminal, dataDir, clock, env, cwd }: CommandContext, options: UpOptions): Promise<{ readonly found: boolean; readonly state: StackState; readonly tookMs: number }> => {
  const started = clock.now();
  let step = '';
  const result = await stackUp({
    stackDir: dataDir,
    definition: DEFINITION,
    env: { ...absolutePaths(env, cwd), ...environmentOf({ ...options, ...(options.seen && { seen: options.seen.map((file) => resolve(cwd, file)) }) }) },
    onChange: (state) => {
      if (state.step === step) return;
      step = state.step;
      terminal.progress(`${step} ...`);
    },
  });
  return { ...result, tookMs: clock.now() - started };
};

/** On a Kafka of others what a service may not do is only as separate as the logins are. */
const warnOfShared = ({ terminal, env }: CommandContext, { kafka }: StackState): void => {
  const shared = kafka?.external === true ? sharedLogins(env) : [];
  if (shared.length === 0) return;
  terminal.message(`${terminal.colors.yellow('warning')}: ${shared.join(', ')} log in to Kafka alike, so its access rules cannot keep them apart; set KAFKA_USERNAME_<SERVICE> and KAFKA_PASSWORD_FILE_<SERVICE>`);
};

export const up: Action<UpOptions> = async (context, { options }) => {
  checkOptions(options);
  const { terminal, env, dataDir } = context;
  if (options.witness === true) {
    terminal.progress('building the witness ...');
    await buildWitness();
  }
  const { found, state, tookMs } = await startStack(context, options);
  if (found) requireSame(options, state, env);
  warnOfShared(context, state);
  const parts = Object.entries(state.parts).map(([name, part]) => ({ name, pid: part.pid, ...(part.http === undefined ? {} : { http: part.http }) }));
  terminal.result(
    () =>
      [
        found ? 'the stack runs already' : `the stack is up (${formatDuration(millis(tookMs))})`,
        `  ${parts.length} processes, data in ${dataDir}`,
        ...anchorLines(dataDir),
        ...parts.flatMap(({ name, http }) => (name === 'slack-sim' && http !== undefined ? [`  Slack, played: ${http}`] : [])),
        options.restore === true && !found ? `  restored from the archive, in mode safe: \`${commandLine('stops', env)}\` shows what queues, \`${commandLine('resume all --reason TEXT', env)}\` lets it go on; tools that recognise no repeat wait until a person has looked (\`resume tool:NAME\`)` : `  next: \`${commandLine('config apply config', env)}\`, then \`${commandLine('task submit FILE --wait', env)}\``,
      ].join('\n'),
    () => ({ found, tookMs, dataDir, parts }),
  );
};
