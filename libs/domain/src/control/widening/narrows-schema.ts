import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import { same, type Narrows } from './narrowing.js';

const bound = (isNarrower: (before: number, after: number) => boolean): Narrows<Json | undefined> => (before, after) =>
  typeof after === 'number' && (before === undefined || (typeof before === 'number' && isNarrower(before, after)));
const upper = bound((before, after) => after <= before);
const lower = bound((before, after) => after >= before);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const holds = (list: readonly Json[], item: Json): boolean => list.some((other) => same(other, item));
/** Where there was none any list narrows. */
const fewer: Narrows<Json | undefined> = (before, after) => isList(after) && (before === undefined || (isList(before) && after.every((item) => holds(before, item))));
const more: Narrows<Json | undefined> = (before, after) => isList(after) && (before === undefined || (isList(before) && before.every((item) => holds(after, item))));
const added: Narrows<Json | undefined> = (before, after) => before === undefined && after !== undefined;
const nested: Narrows<Json | undefined> = (before, after) => isJsonObject(before) && isJsonObject(after) && narrows(before, after);

/** Keywords whose change can narrow. Each keyword only takes values away from those that the others leave, so each is looked at alone. */
const KEYWORDS: Readonly<Record<string, Narrows<Json | undefined>>> = {
  maximum: upper,
  exclusiveMaximum: upper,
  maxLength: upper,
  maxItems: upper,
  maxProperties: upper,
  minimum: lower,
  exclusiveMinimum: lower,
  minLength: lower,
  minItems: lower,
  minProperties: lower,
  enum: fewer,
  const: added,
  pattern: added,
  required: more,
  items: nested,
  // Words for people and models: they take no value away, and let none in.
  title: () => true,
  description: () => true,
  $comment: () => true,
  examples: () => true,
};

/** A property that is gone is refused only where the schema is closed. */
const isClosed = (schema: JsonObject): boolean => schema['additionalProperties'] === false && schema['patternProperties'] === undefined;

const narrowsProperties = (before: JsonObject, after: JsonObject): boolean => {
  const [old, now] = [before['properties'], after['properties']];
  if (!isJsonObject(old) || !isJsonObject(now)) return same(old, now);
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(now, name));
  return (
    (gone.length === 0 || (isClosed(before) && isClosed(after))) &&
    Object.entries(now).every(([name, schema]) => Object.hasOwn(old, name) && (same(old[name], schema) || nested(old[name], schema)))
  );
};

const narrows = (before: JsonObject, after: JsonObject): boolean =>
  narrowsProperties(before, after) &&
  [...new Set([...Object.keys(before), ...Object.keys(after)])].every((keyword) => {
    if (keyword === 'properties' || same(before[keyword], after[keyword])) return true;
    return Object.hasOwn(KEYWORDS, keyword) && KEYWORDS[keyword]?.(before[keyword], after[keyword]) === true;
  });

/** A part that another part refers to may stand under a `not` there, where what is narrower lets more through. */
const hasReferences = (schema: JsonObject): boolean => /"\$(?:ref|dynamicRef)":/.test(canonicalJson(schema));

/** Whether every value that passes a JSON Schema passed the one before it; `false` where that cannot be seen. */
export const narrowsSchema: Narrows<JsonObject> = (before, after) => same(before, after) || (!hasReferences(before) && !hasReferences(after) && narrows(before, after));
