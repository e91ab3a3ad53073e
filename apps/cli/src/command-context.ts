import type { Clock } from '@countersign/kernel';
import type { ExitCode } from './exit-codes.js';
import type { Screen } from './terminal/screen.js';
import type { Terminal } from './terminal/terminal.js';

/** What a command has to work with, whatever it does. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C: whoever waits gives up, closes what is open and throws `Interrupted`. */
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Absolute; see `findDataDir`. It need not exist. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** A person sits there: there is a terminal to ask on, and the answer is not for a program. */
  readonly interactive: boolean;
  /** Takes the whole terminal over; nothing where stdin and stdout are none. */
  openScreen(): Screen | undefined;
  /** Asks a yes or no question on stderr; no unless the person says yes, or types `word` where there is one. Only where `interactive`. */
  confirm(question: string, word?: string): Promise<boolean>;
  /** All of standard input, as text. */
  readStdin(): Promise<string>;
}

export interface CommandInput<Options = object> {
  /** Operands, as typed; those of a variadic one follow one another. */
  readonly args: readonly string[];
  readonly options: Options;
}

/** Does what a command is for. Without an exit code: 0. */
export type Action<Options = object> = (context: CommandContext, input: CommandInput<Options>) => Promise<ExitCode | void>;

/**
 * Makes the function that commander calls. What `load` imports is loaded only when the command is run, so that
 * `--help` does not pay for Kafka.
 */
export type Run = <Options = object>(load: () => Promise<Action<Options>>) => (...given: readonly unknown[]) => Promise<void>;
