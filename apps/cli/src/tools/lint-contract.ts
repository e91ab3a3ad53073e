import type { AgentContract } from '@countersign/domain';
import { isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';
import type { Finding } from './lint-tool.js';

/** What is longer than an id says something, and whoever wrote it may be a stranger. */
const LONGEST_ID = 64;

const BOUNDS = ['enum', 'const', 'pattern', 'format'] as const;

const isText = ({ type }: JsonObject): boolean => type === 'string' || (Array.isArray(type) && (type as readonly Json[]).includes('string'));
const isFree = (schema: JsonObject): boolean => isText(schema) && BOUNDS.every((key) => schema[key] === undefined) && !(typeof schema['maxLength'] === 'number' && schema['maxLength'] <= LONGEST_ID);

const warning = (pointer: string, message: string): Finding => ({ severity: 'warning', code: 'input.unmarked', pointer, message });

/** Places of a schema whose values count as the task's own words though anybody may have written them. */
const unmarked = (schema: Json | undefined, pointer: string): readonly Finding[] => {
  if (!isJsonObject(schema) || schema['x-trust'] === 'untrusted') return [];
  const { properties, additionalProperties, items } = schema;
  const isOpen = schema['type'] === 'object' && (additionalProperties === undefined || additionalProperties === true);
  return [
    ...(isFree(schema) ? [warning(pointer, 'is a free text, and counts as the word of the task: `x-trust: untrusted` marks what others write')] : []),
    ...(isOpen ? [warning(pointer, 'takes keys that nobody named, and counts them as words of the task: `additionalProperties: { x-trust: untrusted }` marks them')] : []),
    ...(isJsonObject(properties ?? null) ? Object.entries(properties as JsonObject).flatMap(([name, each]) => unmarked(each, `${pointer}/properties/${pointerPart(name)}`)) : []),
    ...unmarked(additionalProperties, `${pointer}/additionalProperties`),
    ...unmarked(items, `${pointer}/items`),
  ];
};

/** What an agent contract takes for the word of whoever hands a task in, though it may be a stranger's. */
export const lintContract = ({ input }: Pick<AgentContract, 'input'>): readonly Finding[] => unmarked(input, '/input');
