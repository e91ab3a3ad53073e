import { spawn } from 'node:child_process';
import { CLI_MAIN, inWorkspace } from './workspace.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Nothing of the shell that runs the tests decides where a command goes. */
const CLEARED = ['KAFKA_BROKERS', 'DATABASE_URL', 'COUNTERSIGN_HOME', 'NODE_OPTIONS'] as const;

export const cleanEnvironment = (env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !CLEARED.some((cleared) => cleared === name) && !name.startsWith('VITEST')));
  return { ...inherited, NO_COLOR: '1', ...env };
};

/** Runs the command line in the root of the workspace and gives what a person would see. */
export const runCli = (args: readonly string[], { dataDir, env, input }: CliOptions): Promise<CliResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI_MAIN, '--data', dataDir, ...args], { cwd: inWorkspace(), env: cleanEnvironment(env), stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });

/** The one object that `--json` prints; throws with everything that was said where there is none. */
export const jsonOf = ({ code, stdout, stderr }: CliResult): unknown => {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`the command line printed no JSON (exit code ${code}):\n${stdout}\n${stderr}`);
  }
};
