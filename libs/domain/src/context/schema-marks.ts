import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';

/** What a schema says of a value beside its shape, wherever the value really has it. */
export interface Marks {
  readonly untrusted: boolean;
  readonly classes: ReadonlySet<string>;
  /** Texts and numbers that nobody else wrote, in their order. */
  readonly words: readonly string[];
}

/** Applicators under which a part of a schema speaks of the same value; what any branch marks is marked. */
const SAME_PLACE = ['anyOf', 'oneOf', 'allOf'] as const;

/** Local references only, as ajv has it; a schema that refers to itself ends with the value. */
const resolve = (schema: Json | undefined, root: JsonObject, depth = 0): readonly JsonObject[] => {
  if (!isJsonObject(schema) || depth > 8) return [];
  const reference: Json | undefined = schema['$ref'];
  const referred = typeof reference === 'string' && reference.startsWith('#') ? resolve(at(root, reference.slice(1)), root, depth + 1) : [];
  const branches = SAME_PLACE.flatMap((key) => {
    const list: Json | undefined = schema[key];
    return Array.isArray(list) ? list.flatMap((each: Json) => resolve(each, root, depth + 1)) : [];
  });
  return [schema, ...referred, ...branches];
};

const at = (root: JsonObject, pointer: string): Json | undefined =>
  pointer
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((here, part) => (isJsonObject(here) && Object.hasOwn(here, part) ? here[part] : undefined), root);

const propertyOf = (schemas: readonly JsonObject[], key: string, root: JsonObject): readonly JsonObject[] =>
  schemas.flatMap((schema) => {
    const properties: Json | undefined = schema['properties'];
    if (isJsonObject(properties) && Object.hasOwn(properties, key)) return resolve(properties[key], root);
    return resolve(schema['additionalProperties'], root);
  });

const isEmpty = (value: Json): boolean => value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** Reads what a schema marks (`x-trust`, `x-class`) of a value. What is empty brings nothing. Pure and total. */
export const marksOf = (value: Json, schema: JsonObject): Marks => {
  const classes = new Set<string>();
  const words: string[] = [];
  let untrusted = false;
  const walk = (here: Json, schemas: readonly JsonObject[], others: boolean): void => {
    if (isEmpty(here)) return;
    for (const { 'x-class': marked } of schemas) if (typeof marked === 'string') classes.add(marked);
    const written = others || schemas.some(({ 'x-trust': trust }) => trust === 'untrusted');
    untrusted ||= written;
    if (Array.isArray(here)) for (const item of here as readonly Json[]) walk(item, schemas.flatMap(({ items }) => resolve(items, schema)), written);
    else if (isJsonObject(here)) for (const [key, inner] of Object.entries(here)) walk(inner, propertyOf(schemas, key, schema), written);
    else if (!written && (typeof here === 'string' || typeof here === 'number')) words.push(String(here));
  };
  walk(value, resolve(schema, schema), false);
  return { untrusted, classes, words };
};
