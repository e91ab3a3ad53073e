import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { systemClock } from '@countersign/kernel';
import type { Command } from 'commander';
import type { Action, CommandContext, Run } from './command-context.js';
import { findDataDir } from './data-dir.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { Interrupted } from './terminal/failure.js';
import { openScreen } from './terminal/screen.js';
import type { Terminal } from './terminal/terminal.js';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly data?: string;
}

/** The process as a command sees it; a test has its own. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

const confirmOn =
  (host: Host, signal: AbortSignal) =>
  async (question: string, word?: string): Promise<boolean> => {
    // Without line editing of its own Ctrl-C stays the terminal's, and comes as a signal.
    const lines = createInterface({ input: host.stdin, output: host.stderr, terminal: false });
    try {
      // End of input, as by Ctrl-D, is no answer, and no answer is no.
      const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
      const answer = await Promise.race([lines.question(word === undefined ? `${question} [y/N] ` : `${question} (type \`${word}\` to do it) `, { signal }), closed]);
      return word === undefined ? /^y(es)?$/i.test(answer.trim()) : answer.trim() === word;
    } catch (fault) {
      throw signal.aborted ? new Interrupted() : fault;
    } finally {
      lines.close();
    }
  };

/** Makes a context of the global options and runs commands with it; `finish` gets their exit codes. */
export const runnerOn =
  (host: Host, terminal: Terminal, signal: AbortSignal, finish: (code: ExitCode) => void): Run =>
  <Options>(load: () => Promise<Action<Options>>) =>
  async (...given: readonly unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const { data } = command.optsWithGlobals<GlobalOptions>();
    const context: CommandContext = {
      terminal,
      signal,
      env: host.env,
      cwd: host.cwd,
      dataDir: findDataDir({ option: data, env: host.env, cwd: host.cwd }),
      clock: systemClock,
      interactive: host.stdin.isTTY && host.stderr.isTTY && !terminal.json,
      openScreen: () => (host.stdin.isTTY && host.stdout.isTTY && host.env['TERM'] !== 'dumb' ? openScreen(host) : undefined),
      confirm: confirmOn(host, signal),
      readStdin: () => text(host.stdin),
    };
    const action = await load();
    finish((await action(context, { args: command.args, options: command.opts() as Options })) ?? EXIT.ok);
  };
