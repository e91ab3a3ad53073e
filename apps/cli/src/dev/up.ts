import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDuration, millis } from '@countersign/kernel';
import { KAFKA_VARIABLES } from '@countersign/service/client';
import { stackUp, type StackState } from '@countersign/stack';
import type { Action, CommandContext } from '../command-context.js';
import { KAFKA_PATHS } from '../connection/settings.js';
import { commandLine } from '../terminal/command-line.js';
import { STACK_VARIABLES } from './stack-options.js';

interface UpOptions {
  readonly examples?: boolean;
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

/** Starts the stack of a data folder, with progress; gives its state. */
export const startStack = async ({ terminal, dataDir, clock, env, cwd }: CommandContext, options: UpOptions): Promise<{ readonly found: boolean; readonly state: StackState; readonly tookMs: number }> => {
  const started = clock.now();
  let step = '';
  const result = await stackUp({
    stackDir: dataDir,
    definition: DEFINITION,
    env: { ...absolutePaths(env, cwd), ...environmentOf(options) },
    onChange: (state) => {
      if (state.step === step) return;
      step = state.step;
      terminal.progress(`${step} ...`);
    },
  });
  return { ...result, tookMs: clock.now() - started };
};

export const up: Action<UpOptions> = async (context, { options }) => {
  const { terminal, env, dataDir } = context;
  const { found, state, tookMs } = await startStack(context, options);
  const parts = Object.entries(state.parts).map(([name, part]) => ({ name, pid: part.pid, ...(part.http === undefined ? {} : { http: part.http }) }));
  terminal.result(
    () =>
      [
        found ? 'the stack runs already' : `the stack is up (${formatDuration(millis(tookMs))})`,
        `  ${parts.length} processes, data in ${dataDir}`,
        `  next: \`${commandLine('config apply config', env)}\`, then \`${commandLine('task submit FILE --wait', env)}\``,
      ].join('\n'),
    () => ({ found, tookMs, dataDir, parts }),
  );
};
