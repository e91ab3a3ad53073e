import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import { WORST } from './schema-marks.js';
import { SchemaPlaces, type Place } from './schema-parts.js';

/** Never written down, whatever a contract says. */
const ALWAYS = 'secret';

/** What is not to be written down is not told apart by what it was, only by its class. */
const inPlaceOf = (name: string): string => `[withheld: ${name}]`;

/** The result as it may be written down: a text stands for each value of a class that is to stay out of the log. Pure and total. */
export const withoutWithheld = ({ result: schema, withhold = [] }: Pick<ToolContract, 'result' | 'withhold'>, result: JsonObject): JsonObject => {
  const classes = new Set<unknown>([ALWAYS, ...withhold]);
  const places = new SchemaPlaces(schema, WORST);
  const withheldAt = (place: Place): unknown => [...place].map(({ 'x-class': name }) => name).find((name) => classes.has(name));
  const walk = (here: Json, place: Place): Json => {
    const marked = withheldAt(place);
    if (typeof marked === 'string') return inPlaceOf(marked);
    if (Array.isArray(here)) return here.map((item: Json, index) => walk(item, places.item(place, index)));
    if (isJsonObject(here)) return Object.fromEntries(Object.entries(here).map(([key, inner]) => [key, walk(inner, places.property(place, key))]));
    return here;
  };
  // A mark on the whole is one on each of its parts: a result stays an object.
  const whole = withheldAt(places.top);
  return Object.fromEntries(Object.entries(result).map(([key, inner]) => [key, typeof whole === 'string' ? inPlaceOf(whole) : walk(inner, places.property(places.top, key))]));
};
