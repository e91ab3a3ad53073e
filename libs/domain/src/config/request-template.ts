import type { Json } from '@countersign/kernel';

/**
 * A template is JSON whose texts may hold placeholders: `{amount_cents}` is an argument, `{idempotency_key}`, `{run}` and `{step}` are the
 * action's own. A text that is one placeholder takes the value as it is, type included, and is left out where the argument is absent;
 * in a longer text the value must be a text, a number or a boolean. `{{` and `}}` are braces. A value is never looked into for placeholders.
 */
export type Template = Json;

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** How a body is written down: `form` is `application/x-www-form-urlencoded`, with brackets for what lies within (`card[number]`). */
export const ENCODINGS = ['json', 'form'] as const;

export interface RequestTemplate {
  readonly method: Method;
  /** Starts with `/`; values are encoded as one path segment each. */
  readonly path: string;
  /** A text that is one placeholder may stand for a list, which is a name that comes several times, or for an object: `created[gt]`. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Template;
  /** Absent: JSON. */
  readonly encoding?: 'form';
}

/** Placeholders that no argument can be called. */
export const RESERVED_PLACEHOLDERS = ['idempotency_key', 'run', 'step'] as const;

/**
 * `equals`: the same JSON. `contains`: the text holds this text. `includes`: the list holds each of these values; `by` is a pointer
 * into its items where they are not the values themselves.
 */
export type Matcher =
  | { readonly op: 'equals'; readonly to: Template }
  | { readonly op: 'contains'; readonly text: string }
  | { readonly op: 'includes'; readonly all: Template; readonly by?: string };
