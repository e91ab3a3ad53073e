import { isJsonObject, pointerNames, type Json, type JsonObject } from '@countersign/kernel';

/**
 * What a JSON Schema says of the value at a pointer, as far as `properties`, `items` and `type` tell.
 * `closed`: the schema allows nothing there. `types` is absent where the schema does not say.
 */
export type SchemaPlace = { readonly closed: true } | { readonly closed: false; readonly types?: readonly string[] };

export const schemaAt = (schema: JsonObject, pointer: string): SchemaPlace => {
  let here: Json | undefined = schema;
  for (const key of pointerNames(pointer)) {
    if (!isJsonObject(here)) return { closed: false };
    const properties: Json | undefined = here['properties'];
    if (isJsonObject(properties) && Object.hasOwn(properties, key)) here = properties[key];
    else if (/^\d+$/.test(key) && here['items'] !== undefined) here = here['items'];
    else if (here['additionalProperties'] === false && here['patternProperties'] === undefined) return { closed: true };
    else return { closed: false };
  }
  return isJsonObject(here) ? typesOf(here) : { closed: false };
};

const typesOf = (schema: JsonObject): SchemaPlace => {
  const { type } = schema;
  if (typeof type === 'string') return { closed: false, types: [type] };
  if (Array.isArray(type)) return { closed: false, types: type.filter((name) => typeof name === 'string') };
  return { closed: false };
};

/** Whether a value of one of `given` can be one of `wanted`. */
export const typesMeet = (given: readonly string[], wanted: readonly string[]): boolean =>
  given.some((type) => wanted.includes(type) || (type === 'integer' && wanted.includes('number')) || (type === 'number' && wanted.includes('integer')));

export const jsonType = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};
