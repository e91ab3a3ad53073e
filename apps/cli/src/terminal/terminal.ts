import type { Writable } from 'node:stream';
import picocolors from 'picocolors';

type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: data to stdout, messages and progress to stderr. */
export interface Terminal {
  readonly json: boolean;
  readonly colors: Colors;
  /** Columns of the terminal; `undefined` where the output goes to a file or a pipe, which is never cut. */
  readonly width: number | undefined;
  /** Data for people or, with `--json`, for programs: exactly one of the two is printed. */
  result(text: () => string, object: () => object): void;
  /** One line of a stream: JSONL with `--json`. */
  line(text: () => string, object: () => object): void;
  /** For people, on stderr; not printed with `--quiet`. */
  message(text: string): void;
  /** Shown on a terminal only, and overwritten by the next. */
  progress(text: string): void;
}

/** Version of the shape of `--json` objects; grows when a field is renamed or removed. */
export const JSON_SCHEMA_VERSION = 1;

interface Stream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: NodeJS.ProcessEnv;
}

const ERASE_LINE = '\r\u001b[2K';

/** `NO_COLOR` and a pipe switch colours off, `FORCE_COLOR` on. */
const wantsColor = ({ json, stdout, env }: TerminalOptions): boolean =>
  !json && !env['NO_COLOR'] && (Boolean(env['FORCE_COLOR']) || (stdout.isTTY === true && env['TERM'] !== 'dumb'));

export const createTerminal = (options: TerminalOptions): Terminal => {
  const { json, quiet, stdout, stderr } = options;
  let progressShown = false;
  const clear = (): void => {
    if (progressShown) stderr.write(ERASE_LINE);
    progressShown = false;
  };
  const write = (text: () => string, object: () => object, indent: number): void => {
    clear();
    stdout.write(json ? `${JSON.stringify({ schema: JSON_SCHEMA_VERSION, ...object() }, undefined, indent)}\n` : `${text()}\n`);
  };
  return {
    json,
    colors: picocolors.createColors(wantsColor(options)),
    width: stdout.isTTY ? stdout.columns : undefined,
    result: (text, object) => write(text, object, 2),
    line: (text, object) => write(text, object, 0),
    message: (text) => {
      clear();
      if (!quiet) stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY || quiet || json) return;
      stderr.write(`${ERASE_LINE}${text}`);
      progressShown = true;
    },
  };
};
