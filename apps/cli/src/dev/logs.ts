import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { CountersignError } from '@countersign/kernel';
import { stackStatus } from '@countersign/stack';
import type { Action, CommandContext } from '../command-context.js';
import { commandLine } from '../terminal/command-line.js';
import { countOption } from '../terminal/option-values.js';
import { unknownName } from '../terminal/unknown-name.js';

interface LogsOptions {
  readonly lines?: string;
  readonly follow?: boolean;
}

const DEFAULT_LINES = 20;
/** A log is not longer. */
const MOST_LINES = 1_000_000;
const POLL_MS = 250;

interface Log {
  readonly name: string;
  readonly file: string;
}

const print = ({ terminal }: CommandContext, { name }: Log, lines: readonly string[], several: boolean): void => {
  for (const line of lines) {
    if (line === '') continue;
    terminal.line(
      () => (several ? `${terminal.colors.dim(name)} ${line}` : line),
      () => ({ part: name, line }),
    );
  }
};

const follow = async (context: CommandContext, logs: readonly Log[]): Promise<void> => {
  const read = new Map(logs.map(({ file }) => [file, existsSync(file) ? statSync(file).size : 0]));
  while (!context.signal.aborted) {
    for (const log of logs) {
      const from = read.get(log.file) ?? 0;
      const size = existsSync(log.file) ? statSync(log.file).size : 0;
      // A log that was turned over starts anew.
      const start = size < from ? 0 : from;
      if (size > start) print(context, log, (await text(createReadStream(log.file, { start, end: size - 1 }))).split('\n'), logs.length > 1);
      read.set(log.file, size);
    }
    await sleep(POLL_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
};

export const logs: Action<LogsOptions> = async (context, { args: [wanted], options }) => {
  const count = options.lines === undefined ? DEFAULT_LINES : countOption('--lines', options.lines, MOST_LINES, 0);
  const { parts } = await stackStatus(context.dataDir);
  const chosen = parts.filter(({ name }) => wanted === undefined || name === wanted || name.startsWith(`${wanted}-`));
  if (chosen.length === 0) {
    if (wanted !== undefined && parts.length > 0) throw unknownName('part', wanted, parts.map(({ name }) => name));
    throw new CountersignError('STACK_NOT_RUNNING', 'no stack runs here', { hint: `\`${commandLine('dev up', context.env)}\` starts one` });
  }
  const found = chosen.map(({ name, logFile }): Log => ({ name, file: logFile }));
  for (const log of found) {
    if (!existsSync(log.file)) continue;
    const lines = readFileSync(log.file, 'utf8').trimEnd().split('\n');
    print(context, log, count === 0 ? [] : lines.slice(-count), found.length > 1);
  }
  if (options.follow) await follow(context, found);
};
