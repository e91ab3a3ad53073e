import { isJsonObject, pointerNames, type Json, type JsonObject } from '@countersign/kernel';
import { SENSITIVE_CLASSES } from '../config/tool-contract.js';
import { SchemaPlaces, type Place } from './schema-parts.js';

/** What a schema says of a value beside its shape, wherever the value really has it. */
export interface Marks {
  readonly untrusted: boolean;
  readonly classes: ReadonlySet<string>;
  /** Texts and numbers that nobody else wrote, in their order. */
  readonly words: readonly string[];
}

/** What cannot be read could say anything. */
export const WORST: readonly JsonObject[] = SENSITIVE_CLASSES.map((name) => ({ 'x-trust': 'untrusted', 'x-class': name }));

const isEmpty = (value: Json): boolean => value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

const isOfOthers = (place: Place): boolean => [...place].some(({ 'x-trust': trust }) => trust === 'untrusted');

/** Reads what a schema marks (`x-trust`, `x-class`) of a value. What is empty brings nothing. Pure and total. */
export const marksOf = (value: Json, schema: JsonObject): Marks => {
  const classes = new Set<string>();
  const words: string[] = [];
  let untrusted = false;
  const places = new SchemaPlaces(schema, WORST);
  const walk = (here: Json, place: Place, others: boolean): void => {
    if (isEmpty(here)) return;
    for (const { 'x-class': marked } of place) if (typeof marked === 'string') classes.add(marked);
    const written = others || isOfOthers(place);
    untrusted ||= written;
    if (Array.isArray(here)) for (const [index, item] of (here as readonly Json[]).entries()) walk(item, places.item(place, index), written);
    else if (isJsonObject(here)) for (const [key, inner] of Object.entries(here)) walk(inner, places.property(place, key), written);
    else if (!written && (typeof here === 'string' || typeof here === 'number')) words.push(String(here));
  };
  walk(value, places.top, false);
  return { untrusted, classes, words };
};

/** Whether a value there could be the words of others. `pointer` is into the value; `*` stands for every item of a list. */
export const mayBeOfOthers = (schema: JsonObject, pointer: string): boolean => {
  const places = new SchemaPlaces(schema, WORST);
  let place = places.top;
  for (const key of pointerNames(pointer)) {
    if (isOfOthers(place)) return true;
    place = places.under(place, key);
  }
  // A list of texts is a place too.
  return isOfOthers(place) || isOfOthers(places.item(place));
};

/** Whether any value of the schema could be the words of others. */
export const mayHoldOthers = (schema: JsonObject): boolean => JSON.stringify(schema).includes('"x-trust":"untrusted"');

/** Whether the schema marks anything with one of the classes, in whatever branch. */
export const marksAny = (schema: JsonObject, classes: readonly string[]): boolean => {
  const text = JSON.stringify(schema);
  return classes.some((name) => text.includes(`"x-class":"${name}"`));
};

/** Whether any value of the schema could be of a class that must not leave unseen. */
export const mayBeSensitive = (schema: JsonObject): boolean => marksAny(schema, SENSITIVE_CLASSES);
