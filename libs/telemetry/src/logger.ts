import { trace } from '@opentelemetry/api';
import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger as Pino } from 'pino';
import { NUMBER_FIELDS, TEXT_FIELDS, type LogFields } from './log-fields.js';
import { describeError, withoutQuotes, withoutSecrets } from './redact.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Says what happens, in one JSON object a line. Messages are fixed sentences; what differs from line to line is a field. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same with fields that every line carries. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly service: string;
  /** This replica. */
  readonly instance: string;
  readonly namespace: string;
  readonly level: LogLevel;
  /** `stdout` for a service, `stderr` where stdout carries data; a stream in tests. */
  readonly to?: 'stdout' | 'stderr' | DestinationStream;
}

const texts: ReadonlySet<string> = new Set(TEXT_FIELDS);
const numbers: ReadonlySet<string> = new Set(NUMBER_FIELDS);

const shown = (name: string, value: unknown): unknown => {
  if (name === 'err') return value;
  const text = Array.isArray(value) && value.every((each) => typeof each === 'string') ? value.join(' ') : value;
  if (typeof text === 'string' && texts.has(name)) return name === 'url' ? withoutSecrets(text) : withoutQuotes(text);
  return typeof value === 'number' && Number.isFinite(value) && numbers.has(name) ? value : undefined;
};

/**
 * Fields that the list knows, in the form it knows; errors are taken apart when the line is written. The compiler keeps others out where it can see them; here they are left out
 * again, and named under `dropped`, so that a wide type on the way does not let an argument through.
 */
export const loggable = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = shown(name, value);
    if (text === undefined) dropped.push(name.slice(0, MAX_NAME));
    else kept[name] = text;
  }
  return dropped.length === 0 ? kept : { ...kept, dropped };
};

/** The name of a field that nobody knows may itself be data. */
const MAX_NAME = 30;

/** Where a line belongs, if it was written inside a span. */
const place = (): object => {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace: span.traceId, span: span.spanId } : {};
};

const wrap = (inner: Pino): Logger => ({
  debug: (message, fields) => inner.debug(fields ? loggable(fields) : {}, message),
  info: (message, fields) => inner.info(fields ? loggable(fields) : {}, message),
  warn: (message, fields) => inner.warn(fields ? loggable(fields) : {}, message),
  error: (message, fields) => inner.error(fields ? loggable(fields) : {}, message),
  child: (fields) => wrap(inner.child(loggable(fields))),
});

const STDOUT = 1;
const STDERR = 2;

/** Writes before it returns: the line before a crash is the one that is needed. */
const streamTo = (to: NonNullable<LoggerOptions['to']>): DestinationStream =>
  typeof to === 'string' ? destination({ dest: to === 'stdout' ? STDOUT : STDERR, sync: true }) : to;

/** The logger of a process. */
export const createLogger = ({ service, instance, namespace, level, to = 'stdout' }: LoggerOptions): Logger =>
  wrap(
    pino(
      {
        level,
        base: { service, instance, namespace },
        timestamp: stdTimeFunctions.isoTime,
        // In place of the one that pino brings, which copies every property of an error.
        serializers: { err: (fault: unknown) => describeError(fault) },
        formatters: { level: (label) => ({ level: label }) },
        mixin: place,
      },
      streamTo(to),
    ),
  );

/** Says nothing; for tests and tools. */
export const silentLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silentLogger };
