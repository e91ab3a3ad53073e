import { isJsonObject, isSealed, pointerPart, SEALED_CLASSES, sealsIn, type Json, type JsonObject } from '@countersign/kernel';
import { marksAny, WORST } from './schema-marks.js';
import { SchemaPlaces, type Place } from './schema-parts.js';

/**
 * The value with something else at each place that its schema marks with one of the classes; `put` is asked from the outside in, in the order of the
 * value, and whatever is under a marked place goes with it. A mark on the whole is one on each of its parts: an object stays an object. Pure and total.
 */
export const replaceClassed = (schema: JsonObject, value: JsonObject, classes: ReadonlySet<unknown>, put: (value: Json, dataClass: string, pointer: string) => Json): JsonObject => {
  const places = new SchemaPlaces(schema, WORST);
  const markedAt = (place: Place): unknown => [...place].map(({ 'x-class': name }) => name).find((name) => classes.has(name));
  const walk = (here: Json, place: Place, pointer: string): Json => {
    const marked = markedAt(place);
    if (typeof marked === 'string') return put(here, marked, pointer);
    if (Array.isArray(here)) return here.map((item: Json, index) => walk(item, places.item(place, index), `${pointer}/${index}`));
    if (isJsonObject(here)) return Object.fromEntries(Object.entries(here).map(([key, inner]) => [key, walk(inner, places.property(place, key), `${pointer}/${pointerPart(key)}`)]));
    return here;
  };
  const whole = markedAt(places.top);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typeof whole === 'string' ? put(inner, whole, `/${pointerPart(key)}`) : walk(inner, places.property(places.top, key), `/${pointerPart(key)}`)]));
};

const SEALED: ReadonlySet<unknown> = new Set(SEALED_CLASSES);

/** Whether any value of the schema could have to be sealed. A reference counts as a mark: it may name what cannot be read. */
export const mayHaveToBeSealed = (schema: JsonObject): boolean => marksAny(schema, SEALED_CLASSES) || JSON.stringify(schema).includes('"$ref":');

/** Pointers to values that the schema marks so, in any of its branches, and that are in clear. */
export const clearAt = (schema: JsonObject, value: JsonObject): readonly string[] => {
  const found: string[] = [];
  replaceClassed(schema, value, SEALED, (here, _class, pointer) => {
    if (here !== null && !isSealed(here)) found.push(pointer);
    return here;
  });
  return found;
};

/** Sealed values at the places that the schema marks so: those that the executor opens. */
export const sealsAt = (schema: JsonObject, value: JsonObject): readonly string[] => {
  if (sealsIn(value).length === 0) return [];
  const found: string[] = [];
  replaceClassed(schema, value, SEALED, (here) => {
    if (isSealed(here)) found.push(here);
    return here;
  });
  return found;
};
