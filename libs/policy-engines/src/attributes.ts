import type { PolicyAttribute } from '@countersign/domain';
import { atPointer, centsFromDecimal, isSealed, type Json, type JsonObject } from '@countersign/kernel';

/** What engines compare: whole numbers and texts, and nothing else. */
export type AttributeType = 'integer' | 'text';
export type AttributeValue = number | string;

export const typeOfUnit = (unit: PolicyAttribute['unit']): AttributeType => (unit === 'text' ? 'text' : 'integer');

/**
 * The attributes of one call. An absent argument is left out, and denies only where a rule needs it;
 * an argument that is there and is no value of its unit is `invalid`, and always denies.
 */
export interface Attributes {
  readonly values: Readonly<Record<string, AttributeValue>>;
  readonly invalid: readonly string[];
}

/** Whether an engine can take the value as it is: integers beyond 2^53 would be rounded silently, and half a surrogate pair makes Cedar throw. */
export const isOfType = (value: unknown, type: AttributeType): value is AttributeValue =>
  type === 'integer' ? Number.isSafeInteger(value) : typeof value === 'string' && value.isWellFormed();

/** Money and counts are never negative: -5 would slip below every upper limit. */
const isOfUnit = (value: Json, unit: PolicyAttribute['unit']): value is AttributeValue => isOfType(value, typeOfUnit(unit)) && !(typeof value === 'number' && value < 0);

/** What engines compare of an argument; `undefined` where that is no value of its unit. */
export const valueOfUnit = (value: Json, unit: PolicyAttribute['unit']): AttributeValue | undefined => {
  // What nobody can read is no value that a rule could be about.
  if (isSealed(value)) return undefined;
  const counted = unit === 'usd' ? centsFromDecimal(value) : value;
  return counted !== undefined && isOfUnit(counted, unit) ? counted : undefined;
};

/** Reads the attributes that a tool contract maps from the arguments of a call. */
export const attributesOf = (tool: { readonly attributes: Readonly<Record<string, PolicyAttribute>> }, args: JsonObject): Attributes => {
  const values: Record<string, AttributeValue> = {};
  const invalid: string[] = [];
  for (const [name, { arg, unit }] of Object.entries(tool.attributes)) {
    const value = atPointer(args, arg);
    if (value === undefined) continue;
    const read = valueOfUnit(value, unit);
    if (read !== undefined) values[name] = read;
    else invalid.push(name);
  }
  return { values, invalid };
};
