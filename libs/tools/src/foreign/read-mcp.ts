import { CountersignError, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import { closedSchema, SchemaRefused } from './closed-schema.js';
import { argumentName, toolName, unique, type ForeignTool, type ForeignTools } from './foreign-tool.js';
import { pickedFrom } from './picked-from.js';

const LONGEST_DESCRIPTION = 2_000;

const asObject = (value: Json | undefined): JsonObject => (value !== undefined && isJsonObject(value) ? value : {});

/** The answer to `tools/list`, whole or only what is in it, or the list itself. */
const listOf = (document: Json): readonly Json[] | undefined => {
  if (Array.isArray(document)) return document as readonly Json[];
  if (!isJsonObject(document)) return undefined;
  const tools = document['tools'] ?? asObject(document['result'])['tools'];
  return Array.isArray(tools) ? (tools as readonly Json[]) : undefined;
};

/** Where a contract's request says that a tool is called. Its body has the tool's own name and the arguments. */
export const CALL_PATH = '/tools/call';

/** Left with the server, which may write it down. */
const OURS = { 'countersign/run': '{run}', 'countersign/step': '{step}', 'countersign/key': '{idempotency_key}' };

/** What a tool answers that describes no answer. */
const TEXT = { result: { type: 'object', additionalProperties: false, required: ['text'], properties: { text: { type: 'string' } } }, pick: { text: '/text' } };

const toolOf = (tool: JsonObject): ForeignTool => {
  const origin = typeof tool['name'] === 'string' ? tool['name'] : '';
  if (origin === '') throw new SchemaRefused('a tool without a name');
  const schema = closedSchema(tool['inputSchema'] ?? {}, { closed: true });
  const given = asObject(schema['properties']);
  const names = Object.keys(given).map((name) => [name, argumentName(name)] as const);
  const required = Array.isArray(schema['required']) ? schema['required'].map((name) => argumentName(String(name))) : [];
  // What a server says of itself is a hint: only one that reads by its own word and by nothing else than that is taken for one.
  const isRead = asObject(tool['annotations'])['readOnlyHint'] === true;
  return {
    origin,
    name: toolName(origin),
    adapter: 'mcp',
    description: (typeof tool['description'] === 'string' ? tool['description'] : '').slice(0, LONGEST_DESCRIPTION) || origin,
    args: { type: 'object', additionalProperties: false, ...(required.length > 0 && { required }), properties: Object.fromEntries(names.map(([name, ours]) => [ours, given[name] ?? {}])) },
    ...(isJsonObject(tool['outputSchema'] ?? null) ? pickedFrom(tool['outputSchema'] ?? {}) : TEXT),
    request: {
      method: 'POST',
      path: CALL_PATH,
      query: {},
      headers: {},
      body: { name: origin, arguments: Object.fromEntries(names.map(([name, ours]) => [name, `{${ours}}`])), _meta: OURS },
    },
    effect: isRead ? 'read' : 'write',
    takesKey: false,
  };
};

/** Reads what an MCP server answers to `tools/list`. Throws `CONFIG_INVALID`. */
export const readMcp = (document: Json): ForeignTools => {
  const list = listOf(document);
  if (!list) throw new CountersignError('CONFIG_INVALID', 'this is no answer to `tools/list`: it has no list of tools');
  const tools: ForeignTool[] = [];
  const names = new Set<string>();
  const skipped: { origin: string; why: string }[] = [];
  for (const item of list) {
    try {
      const tool = toolOf(asObject(item));
      const name = unique(names, tool.name);
      names.add(name);
      tools.push({ ...tool, name });
    } catch (fault) {
      if (!(fault instanceof SchemaRefused)) throw fault;
      const { name } = asObject(item);
      skipped.push({ origin: typeof name === 'string' ? name : 'a tool without a name', why: fault.message });
    }
  }
  return { tools: tools.toSorted((a, b) => (a.name < b.name ? -1 : 1)), skipped };
};
