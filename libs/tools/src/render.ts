import { CountersignError, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { Action } from '@countersign/contracts';
import type { Method, RequestTemplate, Template } from '@countersign/domain';
import { PLACEHOLDER } from './placeholders.js';

/** A request as a tool contract renders it from an action. */
export interface RenderedRequest {
  readonly method: Method;
  /** Path with its values encoded, starting with `/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly encoding?: 'form';
}

/** What placeholders stand for. */
export type Values = JsonObject;

/** The arguments, and the action's own names, which no argument can hide. */
export const valuesOf = ({ args, idempotencyKey, run, step }: Pick<Action, 'args' | 'idempotencyKey' | 'run' | 'step'>): Values => ({ ...args, idempotency_key: idempotencyKey, run, step });

const WHOLE = /^\{([^{}]+)\}$/;

const valueOf = (values: Values, name: string): Json | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);

const textOf = (value: Json | undefined, name: string): string => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new CountersignError('CONFIG_INVALID', `the argument \`${name}\` is no text, number or boolean, and cannot stand inside a text`);
};

/** A text with its placeholders filled in; `encode` makes a value safe for its place. A value is never looked into for placeholders. */
const fill = (text: string, values: Values, encode: (value: string) => string): string =>
  text.replace(PLACEHOLDER, (found, name: string | undefined) => (name === undefined ? found.slice(1) : encode(textOf(valueOf(values, name), name))));

const asIs = (value: string): string => value;

/**
 * One path segment: `.` and `..` would walk to another place, and an empty one would name another. A server or proxy may decode
 * separators before it walks, so they are looked for between those too.
 */
export const pathSegment = (value: string): string => {
  if (!value.isWellFormed()) throw new CountersignError('CONFIG_INVALID', 'an argument that stands in a path must be well-formed Unicode');
  if (value.split(/[/\\]/).some((part) => part === '' || part === '.' || part === '..')) {
    throw new CountersignError('CONFIG_INVALID', 'an argument that stands in a path must not be empty, `.` or `..`, nor have such a part');
  }
  return encodeURIComponent(value);
};

/** A header takes one line of visible characters. */
const headerValue = (value: string): string => {
  if (!/^[\u0020-\u007e]*$/.test(value)) throw new CountersignError('CONFIG_INVALID', 'an argument that stands in a header must be one line of ASCII');
  return value;
};

/** A template with its placeholders filled in: a text that is one placeholder takes the value as it is, and is left out where there is none. */
export const renderTemplate = (template: Template, values: Values): Json | undefined => {
  if (typeof template === 'string') {
    const name = WHOLE.exec(template)?.[1];
    return name === undefined ? fill(template, values, asIs) : valueOf(values, name);
  }
  if (Array.isArray(template)) return template.flatMap((item: Json) => renderTemplate(item, values) ?? []);
  if (!isJsonObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).flatMap(([key, item]) => {
      const value = renderTemplate(item, values);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
};

const renderHeaders = (texts: Readonly<Record<string, string>>, values: Values): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) => {
      const name = WHOLE.exec(text)?.[1];
      return name !== undefined && valueOf(values, name) === undefined ? [] : [[key, fill(text, values, headerValue)] as const];
    }),
  );

/** A value of a query: a list comes several times under its name, an object under a name for each of its parts. */
const queryPairs = (key: string, value: Json, name: string): readonly (readonly [string, string | readonly string[]])[] => {
  if (Array.isArray(value)) return [[key, value.map((item: Json) => textOf(item, name))]];
  if (isJsonObject(value)) return Object.entries(value).flatMap(([part, item]) => queryPairs(`${key}[${part}]`, item, name));
  return [[key, textOf(value, name)]];
};

const renderQuery = (query: RequestTemplate['query'], values: Values): RenderedRequest['query'] =>
  Object.fromEntries(
    Object.entries(query).flatMap(([key, text]) => {
      const name = WHOLE.exec(text)?.[1];
      const value = name === undefined ? fill(text, values, asIs) : valueOf(values, name);
      return value === undefined ? [] : queryPairs(key, value, name ?? key);
    }),
  );

/** Renders a request. Throws `CONFIG_INVALID` where a value cannot stand in its place: nothing has been sent then. */
export const renderRequest = (template: RequestTemplate, values: Values): RenderedRequest => {
  const body = template.body === undefined ? undefined : renderTemplate(template.body, values);
  return {
    method: template.method,
    path: fill(template.path, values, pathSegment),
    query: renderQuery(template.query, values),
    headers: renderHeaders(template.headers, values),
    ...(body === undefined ? {} : { body }),
    ...(template.encoding && { encoding: template.encoding }),
  };
};
