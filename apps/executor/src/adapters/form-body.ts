import { isJsonObject, type Json } from '@countersign/kernel';

/** Names and values of a form: `card[number]`, `items[0][price]`. `null` is an empty value, which is how forms take something away. */
const pairsOf = (name: string, value: Json): readonly [string, string][] => {
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => pairsOf(`${name}[${index}]`, item));
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, item]) => pairsOf(`${name}[${key}]`, item));
  return [[name, typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)]];
};

/** A body as `application/x-www-form-urlencoded`, with brackets for what lies within. */
export const formOf = (body: Json): string => new URLSearchParams(isJsonObject(body) ? Object.entries(body).flatMap(([name, value]) => pairsOf(name, value)) : []).toString();
