import { CountersignError } from '@countersign/kernel';
import type { Command, CommanderError } from 'commander';
import { commandLine } from './terminal/command-line.js';

/** `error: unknown option '--jsn'\n(Did you mean --json?)` -> a message of ours and what was probably meant. */
const PARTS = /^(?:error: )?(.*?)(?:\n\(Did you mean (?:one of )?(.*)\?\))?$/s;

/** Where a person can read how it is done; the deepest command that the arguments name. */
const pathOf = (program: Command, args: readonly string[]): string => {
  let here = program;
  const path: string[] = [];
  for (const arg of args) {
    const next = here.commands.find((command) => command.name() === arg);
    if (!next) continue;
    path.push(arg);
    here = next;
  }
  return [...path, '--help'].join(' ');
};

/** What commander found wrong with the command line, in our form. */
export const usageError = (fault: CommanderError, program: Command, args: readonly string[], env: NodeJS.ProcessEnv): CountersignError => {
  const [, message = fault.message, meant] = PARTS.exec(fault.message) ?? [];
  const help = `see \`${commandLine(pathOf(program, args), env)}\``;
  return new CountersignError('USAGE', message.replaceAll(/'([^']*)'/g, '`$1`').replace(/\.$/, ''), {
    hint: meant === undefined ? help : `did you mean ${meant.split(', ').map((each) => `\`${each}\``).join(' or ')}? ${help}`,
  });
};
