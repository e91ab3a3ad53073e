import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { ForeignTool } from '@countersign/tools';
import { oneLine, safeText } from '../terminal/safe-text.js';

/** Of what is said of one tool. Longer than any description that is taken; the arguments of large tools are longer. */
const MOST_SHOWN = 4_000;

/** Text with nothing in it that a reader does not see, all the way down. An agent reads what a person could have read. */
export const visibleIn = (value: Json): Json => {
  if (typeof value === 'string') return safeText(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map(visibleIn);
  return value !== null && isJsonObject(value) ? visibleObject(value) : value;
};

/** The same of an object, whose keys are words too. */
export const visibleObject = (value: JsonObject): JsonObject => Object.fromEntries(Object.entries(value).map(([key, item]) => [oneLine(key), visibleIn(item)]));

const keysOf = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(keysOf);
  return value !== null && isJsonObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...keysOf(item)]) : [];
};

/** A name cannot be made visible and still be the name. */
export const hasHiddenName = ({ origin, args }: Pick<ForeignTool, 'origin' | 'args'>): boolean => [origin, ...keysOf(args)].some((name) => oneLine(name) !== name);

/** What a server says of a tool, for a person to read before it is pinned: a line, and one for its arguments. `file`: where the rest is, of one that says too much. */
export const wordsOf = ({ description, args }: Pick<ForeignTool, 'description' | 'args'>, id: string, file: string): string => {
  const words = `${oneLine(description)}\n  arguments: ${oneLine(JSON.stringify(args))}`;
  const shown = words.length > MOST_SHOWN ? `${words.slice(0, MOST_SHOWN)}\n  … and ${words.length - MOST_SHOWN} characters more, in ${file}` : words;
  return `\`${id}\` says: ${shown}`;
};
