import { isJsonObject, pointerNames, type Json, type JsonObject } from '@countersign/kernel';

/**
 * Whether a JSON Schema makes every call give a value at a pointer, as far as `required`, `properties`, `items` and `minItems` tell.
 * Where it does not say, a call may go without.
 */
export const isRequired = (schema: JsonObject, pointer: string): boolean => {
  let here: Json | undefined = schema;
  for (const key of pointerNames(pointer)) {
    if (!isJsonObject(here)) return false;
    const { required, properties, items, minItems }: JsonObject = here;
    if (Array.isArray(required) && required.includes(key)) here = isJsonObject(properties) ? properties[key] : undefined;
    else if (/^\d+$/.test(key) && typeof minItems === 'number' && Number(key) < minItems) here = items;
    else return false;
  }
  return true;
};
