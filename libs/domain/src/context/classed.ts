import { isJsonObject, isSealed, SEALED_CLASSES, sealsIn, type Json, type JsonObject } from '@countersign/kernel';
import { WORST } from './schema-marks.js';
import { SchemaPlaces, type Place } from './schema-parts.js';

/**
 * The value with something else at each place that its schema marks with one of the classes; `put` is asked from the outside in, in the order of the
 * value, and whatever is under a marked place goes with it. A mark on the whole is one on each of its parts: an object stays an object. Pure and total.
 */
export const replaceClassed = (schema: JsonObject, value: JsonObject, classes: ReadonlySet<unknown>, put: (value: Json, dataClass: string) => Json): JsonObject => {
  const places = new SchemaPlaces(schema, WORST);
  const markedAt = (place: Place): unknown => [...place].map(({ 'x-class': name }) => name).find((name) => classes.has(name));
  const walk = (here: Json, place: Place): Json => {
    const marked = markedAt(place);
    if (typeof marked === 'string') return put(here, marked);
    if (Array.isArray(here)) return here.map((item: Json, index) => walk(item, places.item(place, index)));
    if (isJsonObject(here)) return Object.fromEntries(Object.entries(here).map(([key, inner]) => [key, walk(inner, places.property(place, key))]));
    return here;
  };
  const whole = markedAt(places.top);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typeof whole === 'string' ? put(inner, whole) : walk(inner, places.property(places.top, key))]));
};

const SEALED: ReadonlySet<unknown> = new Set(SEALED_CLASSES);

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
