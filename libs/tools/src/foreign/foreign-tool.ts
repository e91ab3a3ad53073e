import type { Adapter, Method } from '@countersign/domain';
import type { Json, JsonObject } from '@countersign/kernel';

/** A tool as an outside system describes it, in our words. Nothing in it has been judged yet. */
export interface ForeignTool {
  /** What it goes by there: an operation, a name of a list. */
  readonly origin: string;
  /** Last part of the tool's id here. */
  readonly name: string;
  readonly adapter: Adapter;
  /** Exactly as given. */
  readonly description: string;
  readonly args: JsonObject;
  readonly result: JsonObject;
  readonly pick: Readonly<Record<string, string>>;
  readonly request: { readonly method: Method; readonly path: string; readonly query: Readonly<Record<string, string>>; readonly headers: Readonly<Record<string, string>>; readonly body?: Json; readonly encoding?: 'form' };
  readonly effect: 'read' | 'write';
  /** An argument of this name carries an idempotency key. */
  readonly takesKey: boolean;
}

/** What was read of a description, and what of it could not be. */
export interface ForeignTools {
  readonly tools: readonly ForeignTool[];
  readonly skipped: readonly { readonly origin: string; readonly why: string }[];
}

/** Lower case with dashes, as names of tools are. */
export const toolName = (origin: string): string =>
  origin
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** Names that a placeholder cannot hold, or that belong to the action. */
export const argumentName = (name: string): string => {
  const plain = name.replace(/[{}[\]\s]+/g, '_');
  return plain === 'run' || plain === 'step' || plain === 'idempotency_key' ? `${plain}_` : plain;
};

/** Two of one name: the later one is told apart by a number. */
export const unique = (names: ReadonlySet<string>, name: string): string => {
  let free = name;
  for (let count = 2; names.has(free); count += 1) free = `${name}-${count}`;
  return free;
};
