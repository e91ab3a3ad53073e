import type { ToolContract } from '@countersign/domain';
import { isJsonObject, pointerNames, type Json, type JsonObject } from '@countersign/kernel';
import { typeOfUnit, valueOfUnit } from '../attributes.js';
import type { Comparison } from '../compiled-set.js';

const CENTS = 100;

/** What every value at a pointer has to pass, as far as `properties` and `items` lead there. */
const schemaAt = (schema: JsonObject, pointer: string): JsonObject | undefined => {
  let here: Json | undefined = schema;
  for (const key of pointerNames(pointer)) {
    if (!isJsonObject(here)) return undefined;
    const { properties, items, prefixItems }: JsonObject = here;
    if (isJsonObject(properties) && Object.hasOwn(properties, key)) here = properties[key];
    else here = /^\d+$/.test(key) && prefixItems === undefined ? items : undefined;
  }
  return isJsonObject(here) ? here : undefined;
};

/** Texts pass every limit of numbers, and one in dollars can be text. */
const takesTexts = ({ type }: JsonObject): boolean => type === undefined || [type].flat().includes('string');

interface Limits {
  /** What every value of the attribute passes. */
  readonly tests: readonly Comparison[];
  /** The same in the schema's own words. */
  readonly said: string;
}

const BOUNDS = [
  ['minimum', '>='],
  ['exclusiveMinimum', '>'],
  ['maximum', '<='],
  ['exclusiveMaximum', '<'],
] as const;

/** What the schema of a tool's arguments says of an attribute: its bounds and its list of values. */
export const schemaLimits = ({ args, attributes }: ToolContract, attribute: string): Limits => {
  const { arg, unit } = (Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined) ?? {};
  const schema = arg === undefined ? undefined : schemaAt(args, arg);
  if (!schema || unit === undefined) return { tests: [], said: '' };
  const listed: Json | undefined = schema['const'] !== undefined ? [schema['const']] : schema['enum'];
  const list = Array.isArray(listed) ? [{ test: { attribute, operator: 'in' as const, values: (listed as readonly Json[]).flatMap((value) => valueOfUnit(value, unit) ?? []) }, said: `\`${arg}\` is one of a list` }] : [];
  const bounds = BOUNDS.flatMap(([keyword, operator]) => {
    const bound: Json | undefined = schema[keyword];
    if (typeof bound !== 'number' || typeOfUnit(unit) === 'text' || takesTexts(schema)) return [];
    const exact = unit === 'usd' ? bound * CENTS : bound;
    const value = Math.round(exact);
    // Rounded it is as wide as the schema, or wider, unless the bound itself is left out.
    if (keyword.startsWith('exclusive') && value !== exact) return [];
    return [{ test: { attribute, operator, value }, said: `\`${arg}\` has \`${keyword}: ${bound}\`` }];
  });
  const all = [...list, ...bounds];
  return { tests: all.map(({ test }) => test), said: all.map(({ said }) => said).join(', ') };
};
