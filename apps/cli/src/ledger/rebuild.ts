import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CountersignError, ERROR_CODES, formatDuration, isJsonObject, millis, type ErrorCode, type JsonObject } from '@countersign/kernel';
import { encodeVerifier } from '@countersign/tlog';
import type { Action, CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES } from '../connection/settings.js';
import { bucketCredentials } from '../dev/local-archive.js';
import { entryOf, stackPaths } from '../dev/stack-paths.js';
import { commandLine } from '../terminal/command-line.js';
import { Interrupted } from '../terminal/failure.js';
import { archiveUrl, readTrust } from './archive-settings.js';
import { ledgerEnvironmentHere } from './ledger-environment.js';

interface RebuildOptions {
  readonly from?: 'kafka' | 'archive';
  readonly archive?: string;
  readonly anchor?: string;
}

/** What the ledger's own `rebuild` prints on stderr. */
const PROGRESS = /^\d+ of \d+ records read$/;
const FAILURE = /^the rebuild failed: ([A-Z_]+): ([\s\S]*)$/m;

/** Its name in logs; what it logs below a warning is nobody's concern here. */
const OWN = { SERVICE_NAME: 'ledger-rebuild', LOG_LEVEL: 'warn' };

/** The stack's own settings, and nothing of the shell mixed in; without a stack here, the shell's. Throws `STACK_NOT_RUNNING`. */
const environmentOf = ({ dataDir, env }: CommandContext): NodeJS.ProcessEnv => {
  const here = ledgerEnvironmentHere(dataDir);
  if (here) return { PATH: env['PATH'], ...here, ...OWN };
  if (!env['KAFKA_BROKERS'] || !env['DATABASE_URL']) {
    throw new CountersignError('STACK_NOT_RUNNING', `no stack is known here: there is no \`${stackPaths(dataDir).ledgerEnvironment}\``, {
      hint: `\`${commandLine('dev up', env)}\`, or \`--data\` with the folder of one, or set every variable of the ledger`,
    });
  }
  return { ...env, ...OWN };
};

/** Which archive, and whose word counts for it: for the ledger's `rebuild archive`. */
const archiveOf = (context: CommandContext, { archive, anchor }: RebuildOptions): NodeJS.ProcessEnv => {
  const { anchor: key, witnesses = [] } = readTrust(context, anchor === undefined ? {} : { anchor });
  return {
    // What opens a bucket that is named here is what this shell has.
    ...(archive === undefined ? {} : bucketCredentials(context.env)),
    [CLIENT_VARIABLES.archiveUrl]: archiveUrl(context, archive),
    [CLIENT_VARIABLES.archiveAnchor]: encodeVerifier(key),
    [CLIENT_VARIABLES.archiveWitnesses]: witnesses.map(encodeVerifier).join(','),
  };
};

const failureOf = (stderr: string): CountersignError => {
  const [, code = 'INTERNAL', message = stderr.trim() || 'the ledger ended without a word'] = FAILURE.exec(stderr) ?? [];
  return new CountersignError(Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'INTERNAL', `the rebuild failed: ${message.trim()}`, { hint: 'it can be started again at any time: what it reads is on Kafka, and in the archive' });
};

const resultIn = (lines: readonly string[]): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(lines.at(-1) ?? '');
    return isJsonObject(value) && value['rebuilt'] === true ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Runs the ledger's `rebuild` as a process; `entry` is what it is started from. */
export const rebuildWith =
  (entry: string): Action<RebuildOptions> =>
  async (context, { options }) => {
    const { terminal, signal } = context;
    const { from = 'kafka' } = options;
    if (from === 'kafka' && (options.archive ?? options.anchor) !== undefined) throw new CountersignError('USAGE', '`--archive` and `--anchor` go with `--from archive`');
    const env = { ...environmentOf(context), ...(from === 'archive' ? archiveOf(context, options) : {}) };
    const child = spawn(process.execPath, [entry, 'rebuild', from], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    const [out, err]: [string[], string[]] = [[], []];
    createInterface(child.stdout).on('line', (line) => void out.push(line));
    createInterface(child.stderr).on('line', (line) => {
      if (PROGRESS.test(line)) terminal.progress(line);
      else err.push(line);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    signal.removeEventListener('abort', stop);
    terminal.progress('');
    if (signal.aborted) throw new Interrupted();
    const result = resultIn(out);
    if (code !== 0 || !result) throw failureOf(err.join('\n'));
    terminal.result(
      () => `the read model is rebuilt from ${from === 'kafka' ? 'Kafka' : 'the archive'}: ${Number(result['records'])} records in ${formatDuration(millis(Number(result['ms'])))}, fingerprint ${fingerprintOf(result)}`,
      () => result,
    );
  };

const fingerprintOf = ({ fingerprint }: JsonObject): string => {
  const hash = fingerprint !== undefined && isJsonObject(fingerprint) ? fingerprint['hash'] : undefined;
  return typeof hash === 'string' ? hash : 'unknown';
};

export const rebuildLedger: Action<RebuildOptions> = rebuildWith(entryOf('apps/ledger'));
