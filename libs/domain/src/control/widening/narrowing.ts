import { canonicalJson, isJsonObject, type Json } from '@countersign/kernel';

/** Whether a value allows nothing that the value before it did not. What cannot be shown to narrow does not. */
export type Narrows<Value> = (before: Value, after: Value) => boolean;

/** One check for every field of a document: a field that is added later does not compile before somebody has decided about it. */
export type FieldChecks<Document> = { readonly [Field in keyof Required<Document>]: Narrows<Document[Field]> };

/** The field gives no right, whatever it says. */
export const ANYTHING: Narrows<unknown> = () => true;

export const same: Narrows<unknown> = (before, after) => (before === undefined || after === undefined ? before === after : canonicalJson(before) === canonicalJson(after));

/** Limits; an absent one is no limit. */
export const atMost: Narrows<number | undefined> = (before, after) => before === undefined || (after !== undefined && after <= before);
export const atLeast: Narrows<number | undefined> = (before, after) => before === undefined || (after !== undefined && after >= before);

/** Lists of what is permitted; an absent one permits nothing. */
export const subset: Narrows<readonly string[] | undefined> = (before, after) => (after ?? []).every((item) => before?.includes(item) === true);

/** Maps of limits by name. */
export const limits: Narrows<Readonly<Record<string, number | undefined>>> = (before, after) => Object.keys(before).every((name) => atMost(before[name], after[name]));

const MOST_SHOWN = 80;
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = canonicalJson(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN - 1)}…`;
};

/** `attempts: 3 -> 5`, or of a map only the entries that differ. */
const changeOf = (name: string, before: unknown, after: unknown): readonly string[] => {
  const [old, now] = [before as Json, after as Json];
  if (!isJsonObject(old) || !isJsonObject(now)) return [`\`${name}\` was ${shown(before)} and is ${shown(after)}`];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((key) => !same(old[key], now[key])).flatMap((key) => changeOf(`${name}.${key}`, old[key], now[key]));
};

/** What of each field cannot be shown to narrow. */
export const fieldChanges = <Document>(checks: FieldChecks<Document>, before: Document, after: Document): readonly string[] =>
  (Object.keys(checks) as (keyof Document & string)[]).flatMap((field) => (checks[field](before[field], after[field]) ? [] : changeOf(field, before[field], after[field])));
