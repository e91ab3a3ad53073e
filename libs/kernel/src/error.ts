import type { ErrorCode } from './error-codes.js';

/** Whether the same call may help: `never` (default), `now`, or `later` with back-off. */
export type Retry = 'never' | 'now' | 'later';

export interface ErrorOptions {
  readonly retry?: Retry;
  /** What the reader can do next; a sentence for people. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one error of the project. Message: lower case, no final period, user input in backticks; never arguments or results. */
export class CountersignError extends Error {
  override readonly name = 'CountersignError';
  readonly retry: Retry;
  readonly hint: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retry = options.retry ?? 'never';
    this.hint = options.hint;
  }
}

/** The code of any thrown thing; a fault that is not ours is `INTERNAL`. */
export const codeOf = (fault: unknown): ErrorCode => (fault instanceof CountersignError ? fault.code : 'INTERNAL');

/** The message of any thrown thing. */
export const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));
