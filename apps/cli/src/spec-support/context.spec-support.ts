import { PassThrough } from 'node:stream';
import type { CommandContext } from '../command-context.js';
import { createTerminal } from '../terminal/terminal.js';
import { NOW } from './ledger-fixtures.spec-support.js';

interface Given {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What the person answers to every question; nobody is there unless given. */
  readonly answer?: boolean;
  /** The real time instead of the specs' own. */
  readonly now?: () => number;
}

/** A context whose data folder is `folder`, and what was written. */
export const contextIn = (folder: string, { json = false, quiet = false, stdin = '', env = {}, answer, now = () => NOW }: Given = {}) => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const questions: string[] = [];
  const controller = new AbortController();
  const context: CommandContext = {
    terminal: createTerminal({ json, quiet, stdout, stderr, env: {} }),
    signal: controller.signal,
    env,
    cwd: folder,
    dataDir: folder,
    clock: { now: () => now() as ReturnType<CommandContext['clock']['now']> },
    openScreen: () => undefined,
    interactive: answer !== undefined,
    confirm: async (question) => {
      questions.push(question);
      return answer === true;
    },
    readStdin: async () => stdin,
  };
  return { context, questions, abort: () => controller.abort(), out: () => String(stdout.read() ?? ''), err: () => String(stderr.read() ?? '') };
};
