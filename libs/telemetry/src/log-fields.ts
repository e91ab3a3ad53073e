/** What a log line may carry: ids, codes, hashes, names, counts and durations. Arguments, results and events have no key here. */
export const TEXT_FIELDS = [
  'event',
  'type',
  'types',
  'tenant',
  'workflow',
  'run',
  'step',
  'task',
  'tool',
  'approval',
  'actor',
  'topic',
  'epoch',
  'member',
  'key',
  'kind',
  'code',
  'found',
  'state',
  'from',
  'to',
  'hash',
  'signal',
  'service',
  'file',
  'host',
  'url',
  'reason',
  'fault',
  'message',
] as const;

export const NUMBER_FIELDS = [
  'partition',
  'offset',
  'epoch',
  'seq',
  'control',
  'committed',
  'start',
  'next',
  'version',
  'generation',
  'attempt',
  'count',
  'bytes',
  'ms',
  'status',
  'exit',
  'pid',
  'port',
] as const;

/** Several ids or names under one key are one text. */
type Text = string | readonly string[];
type TextField = (typeof TEXT_FIELDS)[number];
type NumberField = (typeof NUMBER_FIELDS)[number];

/** A type alias and no interface, so that it fits wherever a record of unknown values is asked for. */
export type LogFields = { readonly [Name in Exclude<TextField, NumberField>]?: Text } & { readonly [Name in Exclude<NumberField, TextField>]?: number } & {
  /** A claim's epoch is a number, `-` where there is none. */
  readonly epoch?: string | number;
  /** Any thrown thing: its code, its message without quoted values, where it was thrown, and its causes. */
  readonly err?: unknown;
};
