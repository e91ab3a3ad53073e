import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { CountersignError, nearest } from '@countersign/kernel';
import { stackStatus } from '@countersign/stack';
import type { Action, CommandContext } from '../command-context.js';

interface LogsOptions {
  readonly lines?: string;
  readonly follow?: boolean;
}

const DEFAULT_LINES = 20;
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
  const count = Number(options.lines ?? DEFAULT_LINES);
  if (!Number.isSafeInteger(count) || count < 0) throw new CountersignError('USAGE', `\`--lines ${options.lines ?? ''}\` is no number of lines`);
  const { parts } = await stackStatus(context.dataDir);
  const chosen = parts.filter(({ name }) => wanted === undefined || name === wanted || name.startsWith(`${wanted}-`));
  if (chosen.length === 0) {
    const near = wanted === undefined ? undefined : nearest(wanted, parts.map(({ name }) => name));
    throw new CountersignError(parts.length === 0 ? 'STACK_NOT_RUNNING' : 'NOT_FOUND', parts.length === 0 ? 'no stack runs here' : `there is no part \`${wanted ?? ''}\``, near === undefined ? {} : { hint: `did you mean \`${near}\`?` });
  }
  const found = chosen.map(({ name, logFile }): Log => ({ name, file: logFile }));
  for (const log of found) {
    if (!existsSync(log.file)) continue;
    const lines = readFileSync(log.file, 'utf8').trimEnd().split('\n');
    print(context, log, count === 0 ? [] : lines.slice(-count), found.length > 1);
  }
  if (options.follow) await follow(context, found);
};
