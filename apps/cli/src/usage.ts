import { CountersignError } from '@countersign/kernel';
import type { Command, CommanderError } from 'commander';
import { commandLine } from './terminal/command-line.js';

/** `error: unknown option '--jsn'\n(Did you mean --json?)` -> a message of ours and what was probably meant. */
const PARTS = /^(?:error: )?(.*?)(?:\n\(Did you mean (?:one of )?(.*)\?\))?$/s;

/** The deepest command that the arguments name, and the words that lead to it. */
const deepest = (program: Command, args: readonly string[]): { readonly command: Command; readonly path: readonly string[] } => {
  let here = program;
  const path: string[] = [];
  for (const arg of args) {
    const next = here.commands.find((command) => command.name() === arg);
    if (!next) continue;
    path.push(arg);
    here = next;
  }
  return { command: here, path };
};

/** Where a person can read how it is done. */
const helpFor = (path: readonly string[], env: NodeJS.ProcessEnv): string => `see \`${commandLine([...path, '--help'].join(' '), env)}\``;

/** What commander found wrong with the command line, in our form. */
export const usageError = (fault: CommanderError, program: Command, args: readonly string[], env: NodeJS.ProcessEnv): CountersignError => {
  const [, message = fault.message, meant] = PARTS.exec(fault.message) ?? [];
  const help = helpFor(deepest(program, args).path, env);
  return new CountersignError('USAGE', message.replaceAll(/'([^']*)'/g, '`$1`').replace(/\.$/, ''), {
    hint: meant === undefined ? help : `did you mean ${meant.split(', ').map((each) => `\`${each}\``).join(' or ')}? ${help}`,
  });
};

/** What a program is told that named a group of commands and none of them. */
export const missingCommand = (program: Command, args: readonly string[], env: NodeJS.ProcessEnv): CountersignError => {
  const { command, path } = deepest(program, args);
  const known = command.commands.map((each) => `\`${each.name()}\``).join(', ');
  return new CountersignError('USAGE', `\`${[program.name(), ...path].join(' ')}\` needs a command`, { hint: `one of ${known}; ${helpFor(path, env)}` });
};
