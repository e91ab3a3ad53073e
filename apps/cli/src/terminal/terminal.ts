import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { cut } from './width.js';

export type Colors = ReturnType<typeof picocolors.createColors>;

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
  /** Data that has one form only, such as an export; a line feed is added. */
  raw(text: string): void;
  /** For people, on stderr; not printed with `--quiet`. */
  message(text: string): void;
  /** A fault, on stderr; also printed with `--quiet`. */
  fault(text: string): void;
  /** Shown on a terminal only, and overwritten by the next; an empty text removes it. */
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
/** Of terminals that do not say. */
const USUAL_COLUMNS = 80;

/** `NO_COLOR` and a pipe switch colours off, `FORCE_COLOR` on. */
const wantsColor = ({ json, stdout, env }: TerminalOptions): boolean =>
  !json && !env['NO_COLOR'] && (Boolean(env['FORCE_COLOR']) || (stdout.isTTY === true && env['TERM'] !== 'dumb'));

export const createTerminal = (options: TerminalOptions): Terminal => {
  const { json, quiet, stdout, stderr } = options;
  const stderrColored = stderr.isTTY === true || Boolean(options.env['FORCE_COLOR']);
  let progressShown = false;
  const clear = (): void => {
    if (progressShown) stderr.write(ERASE_LINE);
    progressShown = false;
  };
  const print = (text: string): void => {
    clear();
    stdout.write(`${text}\n`);
  };
  const say = (text: string): void => {
    clear();
    stderr.write(`${stderrColored ? text : stripVTControlCharacters(text)}\n`);
  };
  const form = (text: () => string, object: () => object, indent: number): string =>
    json ? JSON.stringify({ schema: JSON_SCHEMA_VERSION, ...object() }, undefined, indent) : text();
  return {
    json,
    colors: picocolors.createColors(wantsColor(options)),
    // A terminal that does not know its width says 0.
    width: stdout.isTTY ? stdout.columns || undefined : undefined,
    result: (text, object) => print(form(text, object, 2)),
    line: (text, object) => print(form(text, object, 0)),
    raw: print,
    message: (text) => {
      if (!quiet) say(text);
    },
    fault: say,
    progress: (text) => {
      if (!stderr.isTTY || quiet || json) return;
      clear();
      if (text === '') return;
      // One column is left free: a full line would wrap, and could not be erased.
      stderr.write(cut(text, (stderr.columns || USUAL_COLUMNS) - 1));
      progressShown = true;
    },
  };
};
