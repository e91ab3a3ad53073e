import { CountersignError, messageOf } from '@countersign/kernel';

/** Ids and messages are shorter; what is longer is likely to be somebody's data. */
const MAX_TEXT = 500;
/** Enough to see where an error comes from. */
const MAX_FRAMES = 12;
const MAX_CAUSES = 4;

const cut = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`);

/** Engines and drivers quote what they were given: `Unexpected token 'x', "{"card":..." is not valid JSON`. Our own messages quote in backticks. */
export const withoutQuotes = (text: string): string => cut(text.replace(/".*"/s, '"…"'));

/** An address without user, password, query and fragment; anything else is no address. */
export const withoutSecrets = (url: string): string => {
  const parsed = URL.parse(url);
  return parsed ? cut(`${parsed.protocol}//${parsed.host}${parsed.pathname}`) : '[no url]';
};

export interface LoggedError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  /** Frames only: the first line of a stack repeats the message. */
  readonly stack?: readonly string[];
  readonly cause?: LoggedError;
}

const codeIn = (fault: object): string | undefined => ('code' in fault && typeof fault.code === 'string' ? cut(fault.code) : undefined);

const framesOf = ({ stack = '' }: Error): readonly string[] =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());

/** What a log says of a thrown thing: never a property that an error was given, such as the row that a database refused. */
export const describeError = (fault: unknown, depth = 0): LoggedError => {
  if (!(fault instanceof Error)) return { name: typeof fault, message: 'thrown, and no error' };
  const code = codeIn(fault);
  const message = fault instanceof CountersignError ? cut(fault.message) : withoutQuotes(messageOf(fault));
  const { cause } = fault;
  return {
    name: fault.name,
    ...(code === undefined ? {} : { code }),
    message,
    stack: framesOf(fault),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(cause, depth + 1) }),
  };
};
