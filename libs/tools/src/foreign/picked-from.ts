import { isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';
import { closedSchema } from './closed-schema.js';

/**
 * What is kept of an answer with this schema. An answer may lack what its description calls required: what is missing is not
 * there, and what is used of it is checked where it is used.
 */
export const pickedFrom = (schema: Json): { readonly result: JsonObject; readonly pick: Readonly<Record<string, string>> } => {
  const open = closedSchema(schema, { closed: false });
  const properties = open['properties'];
  if (open['type'] === 'object' && properties !== undefined && isJsonObject(properties)) {
    return { result: { type: 'object', additionalProperties: false, properties }, pick: Object.fromEntries(Object.keys(properties).map((name) => [name, `/${pointerPart(name)}`])) };
  }
  return { result: { type: 'object', additionalProperties: false, properties: { answer: open } }, pick: { answer: '' } };
};
