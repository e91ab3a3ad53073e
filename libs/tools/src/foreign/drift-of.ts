import { narrowsSchema, type ToolContract } from '@countersign/domain';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import { descriptionHashOf } from '../documents/description-hash.js';
import type { ForeignTool } from './foreign-tool.js';
import { CALL_PATH } from './read-mcp.js';

export interface Drift {
  readonly tool: string;
  /** `gone`: the other side describes it no more; `narrower`: the file asks for less than the other side offers, which is no drift. */
  readonly kind: 'same' | 'narrower' | 'changed' | 'gone';
  /** What differs, in words; never the words of the other side. */
  readonly what: readonly string[];
}

const WORDS = new Set(['title', 'description', '$comment']);

/** Whether all words that stand at the same place are the same: these are what a model reads. */
const sameWords = (outside: Json, own: Json): boolean => {
  if (Array.isArray(outside) && Array.isArray(own)) return own.every((item: Json, index) => sameWords((outside[index] as Json | undefined) ?? null, item));
  if (!isJsonObject(outside) || !isJsonObject(own)) return true;
  return (
    [...WORDS].every((word) => (typeof outside[word] !== 'string' && typeof own[word] !== 'string') || outside[word] === own[word] || isJsonObject(own[word] ?? null)) &&
    Object.keys(own).every((key) => outside[key] === undefined || sameWords(outside[key], own[key] ?? null))
  );
};

/** The same request, whatever its placeholders are called. */
const route = ({ request: { method, path, body } }: Pick<ToolContract, 'request'>): string => canonicalJson([method, path.replaceAll(/\{[^{}]*\}/g, '{}'), path === CALL_PATH && isJsonObject(body ?? null) ? ((body as JsonObject)['name'] ?? null) : null]);

/** What an MCP call is given whatever the agent says: a key of ours, or what never changes. */
const givenIn = ({ args, request: { path, body } }: ToolContract): ReadonlySet<string> => {
  const call = path === CALL_PATH && isJsonObject(body ?? null) ? (body as JsonObject)['arguments'] : undefined;
  const own = Object.keys(propertiesOf(args));
  return new Set(Object.entries(call !== undefined && isJsonObject(call) ? call : {}).flatMap(([name, value]) => (own.some((arg) => value === `{${arg}}`) ? [] : [name])));
};

const propertiesOf = ({ properties }: JsonObject): JsonObject => (properties !== undefined && isJsonObject(properties) ? properties : {});

/** What of its arguments the other side leaves to the agent. */
const leftToTheAgent = (args: JsonObject, given: ReadonlySet<string>): JsonObject => {
  const { required } = args;
  return {
    ...args,
    properties: Object.fromEntries(Object.entries(propertiesOf(args)).filter(([name]) => !given.has(name))),
    ...(Array.isArray(required) && { required: required.filter((name) => typeof name !== 'string' || !given.has(name)) }),
  };
};

/** What the other side says now of a tool, held against its file. */
export const driftOf = (own: ToolContract, outside: readonly ForeignTool[]): Drift => {
  const tool = own.id;
  // The executor calls an MCP tool by the name in its request, whatever the contract is called.
  const byName = own.adapter === 'mcp' ? undefined : outside.find(({ name }) => `${own.connection}.${name}` === own.id);
  const now = byName ?? outside.find((each) => route(each) === route(own));
  if (!now) return { tool, kind: 'gone', what: ['it is not described any more'] };
  if (descriptionHashOf(now) === (own.descriptionHash ?? descriptionHashOf(own))) return { tool, kind: 'same', what: [] };
  const what = [
    ...(now.description === own.description ? [] : ['its description']),
    ...(sameWords(now.args, own.args) ? [] : ['the description of an argument']),
    ...(narrowsSchema(leftToTheAgent(now.args, givenIn(own)), own.args) ? [] : ['its arguments: they no longer take everything that the file lets through']),
  ];
  return what.length === 0 ? { tool, kind: 'narrower', what } : { tool, kind: 'changed', what };
};
