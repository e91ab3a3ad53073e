import { Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { seconds } from '@countersign/kernel';
import { EXIT, INTERRUPTED } from './exit-codes.js';
import { createProgram } from './program.js';
import { runnerOn } from './run-command.js';
import { Interrupted, reportFailure } from './terminal/failure.js';
import { createTerminal, type Terminal } from './terminal/terminal.js';
import { missingCommand, usageError } from './usage.js';

/** What of a process the command line needs; a test has its own. */
export type CliProcess = Pick<NodeJS.Process, 'env' | 'cwd' | 'stdin' | 'stdout' | 'stderr'> & {
  exitCode?: number | string | null | undefined;
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code?: number): void;
};

/** What is still open then would keep the process for ever: connections that do not close do not matter any more. */
const LAST_WORDS = seconds(3);
/** What was interrupted may have a stack to wait for and to stop (`demo --exit`); whoever cannot wait interrupts once more. */
const LAST_CHORES = seconds(40);

/** Whether a flag is given; needed before the command line is parsed, because faults in it are reported too. */
const has = (args: readonly string[], flag: string): boolean => {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
};

/** First Ctrl-C: give up and close what is open. Second: end at once. */
const abortOnSignals = (host: CliProcess, terminal: Terminal): AbortSignal => {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) host.exit(INTERRUPTED);
    terminal.progress('');
    controller.abort(new Interrupted());
    setTimeout(() => host.exit(INTERRUPTED), LAST_CHORES).unref();
  };
  host.on('SIGINT', stop);
  host.on('SIGTERM', stop);
  return controller.signal;
};

/** Help that nobody asked for is for people; a program is told what is missing. */
const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/** A reader that has seen enough (`| head`) is no fault. */
const endWithReader = (host: CliProcess): void => {
  host.stdout.on('error', (fault: NodeJS.ErrnoException) => host.exit(fault.code === 'EPIPE' ? EXIT.ok : EXIT.error));
};

/** Runs one command line in a process, and ends that process with its exit code. */
export const runCli = async (args: readonly string[], host: CliProcess): Promise<void> => {
  const { stdin, stdout, stderr, env } = host;
  const terminal = createTerminal({ json: has(args, '--json'), quiet: has(args, '--quiet') || has(args, '-q'), stdout, stderr, env });
  endWithReader(host);
  const signal = abortOnSignals(host, terminal);
  const run = runnerOn({ env, cwd: host.cwd(), stdin, stdout, stderr }, terminal, signal, (code) => (host.exitCode = code));
  const program = createProgram(run, { stdout, stderr: terminal.json ? nowhere() : stderr });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (fault) {
    if (fault instanceof CommanderError && fault.code !== 'commander.help' && fault.exitCode === 0) return;
    if (fault instanceof CommanderError && fault.code === 'commander.help') {
      host.exitCode = terminal.json ? reportFailure(missingCommand(program, args, env), terminal, false) : EXIT.usage;
    } else if (fault instanceof CommanderError) host.exitCode = reportFailure(usageError(fault, program, args, env), terminal, false);
    else host.exitCode = reportFailure(signal.aborted ? signal.reason : fault, terminal, has(args, '--debug'));
  } finally {
    setTimeout(() => host.exit(), LAST_WORDS).unref();
  }
};
