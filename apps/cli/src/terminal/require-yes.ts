import { CountersignError } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';

/**
 * Whether the person wants it: said beforehand with `--yes`, or asked now. Where nobody can be asked, nothing is done:
 * throws `USAGE`. A no is reported. `word`: what has to be typed instead of a yes.
 */
export const requireYes = async (context: CommandContext, said: boolean, question: string, word?: string): Promise<boolean> => {
  if (said) return true;
  if (!context.interactive) throw new CountersignError('USAGE', 'nobody is there to be asked, so nothing was done', { hint: 'run it on a terminal, or say yes beforehand with `--yes`' });
  if (await context.confirm(question, word)) return true;
  context.terminal.message('nothing was done');
  return false;
};
