import { CountersignError, codeOf, messageOf } from '@countersign/kernel';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Terminal } from './terminal.js';

/** Ends a command with an exit code and without an error message, because the answer has been printed. */
export class Exit extends Error {
  constructor(readonly exitCode: ExitCode) {
    super(`exit ${exitCode}`);
  }
}

/** Reports a fault on stderr, code first, with what can be done about it; gives the exit code. */
export const reportFailure = (fault: unknown, terminal: Terminal, debug: boolean): ExitCode => {
  if (fault instanceof Exit) return fault.exitCode;
  const code = codeOf(fault);
  const hint = fault instanceof CountersignError ? fault.hint : 'this is a fault of ours; run again with `--debug` to see where';
  if (terminal.json) {
    terminal.result(
      () => '',
      () => ({ error: { code, message: messageOf(fault), ...(hint === undefined ? {} : { hint }) } }),
    );
  } else {
    const { colors } = terminal;
    terminal.message(`${colors.red(colors.bold(`error[${code}]`))}: ${messageOf(fault)}`);
    if (hint !== undefined) terminal.message(`  ${colors.cyan('next')}: ${hint}`);
  }
  if (debug && fault instanceof Error) terminal.message(fault.stack ?? '');
  return code === 'USAGE' ? EXIT.usage : EXIT.error;
};
