import type { Instant } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { commandLine } from './command-line.js';
import type { Colors } from './terminal.js';

/** What a formatter needs besides what it shows. */
export interface View {
  readonly colors: Colors;
  readonly width: number | undefined;
  readonly now: Instant;
  /** What a person types to run a command. */
  readonly command: (args: string) => string;
  /** Principal of whoever sits here, where that is known. */
  readonly me?: string | undefined;
}

/** Room for what is no list of lines for another program to take apart, where it goes into a pipe. */
const PIPED_COLUMNS = 100;

/** Columns that sentences and columns side by side are wrapped to, on a terminal and in a pipe. */
export const readingWidth = ({ width }: Pick<View, 'width'>): number => width ?? PIPED_COLUMNS;

export const viewOf = ({ terminal, clock, env }: Pick<CommandContext, 'terminal' | 'clock' | 'env'>): View => ({
  colors: terminal.colors,
  width: terminal.width,
  now: clock.now(),
  command: (args) => commandLine(args, env),
});
