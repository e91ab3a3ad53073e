import { CountersignError, codeOf, messageOf, type ErrorCode } from '@countersign/kernel';
import { EXIT, INTERRUPTED, type ExitCode } from '../exit-codes.js';
import { safeText } from './safe-text.js';
import type { Terminal } from './terminal.js';

/** Ends a command with an exit code and without an error message, because the answer has been printed. */
export class Exit extends Error {
  constructor(readonly exitCode: ExitCode) {
    super(`exit ${exitCode}`);
  }
}

/** A fault with an exit code of its own. */
export class Fault extends CountersignError {
  constructor(
    readonly exitCode: ExitCode,
    code: ErrorCode,
    message: string,
    options: ConstructorParameters<typeof CountersignError>[2] = {},
  ) {
    super(code, message, options);
  }
}

/** The person pressed Ctrl-C, or whoever started us wants us to end. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

const causesOf = (fault: unknown): string[] => {
  const cause = fault instanceof Error ? fault.cause : undefined;
  return cause === undefined ? [] : [messageOf(cause), ...causesOf(cause)];
};

/** Where a code is explained: a link that stays, from the root of the repository. */
const documentOf = (code: ErrorCode): string => `docs/errors.md#${code.toLowerCase()}`;

/** Reports a fault on stderr, code first, with what can be done about it and where to read on; gives the exit code. */
export const reportFailure = (fault: unknown, terminal: Terminal, debug: boolean): ExitCode | typeof INTERRUPTED => {
  if (fault instanceof Exit) return fault.exitCode;
  if (fault instanceof Interrupted) return INTERRUPTED;
  const code = codeOf(fault);
  const hint = fault instanceof CountersignError ? fault.hint : 'this is a fault of ours; run again with `--debug` to see where';
  if (terminal.json) {
    terminal.result(
      () => '',
      () => ({ error: { code, message: messageOf(fault), ...(hint === undefined ? {} : { hint }), document: documentOf(code) } }),
    );
  } else {
    const { colors } = terminal;
    terminal.fault(`${colors.red(colors.bold(`error[${code}]`))}: ${safeText(messageOf(fault))}`);
    if (hint !== undefined) terminal.fault(`  ${colors.cyan('next')}: ${safeText(hint)}`);
    terminal.fault(`  ${colors.cyan('read')}: ${documentOf(code)}`);
  }
  if (debug && fault instanceof Error) {
    terminal.fault(safeText(fault.stack ?? ''));
    for (const cause of causesOf(fault)) terminal.fault(safeText(`  caused by: ${cause}`));
  }
  if (fault instanceof Fault) return fault.exitCode;
  if (code === 'ARCHIVE_INVALID') return EXIT.integrity;
  return code === 'USAGE' ? EXIT.usage : EXIT.error;
};
