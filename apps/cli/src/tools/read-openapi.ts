import SwaggerParser from '@apidevtools/swagger-parser';
import { atPointer, CountersignError, isJsonObject, messageOf, type Json, type JsonObject } from '@countersign/kernel';
import type { Method } from '@countersign/domain';
import { argumentName, closedSchema, pickedFrom, SchemaRefused, toolName, unique, type ForeignTool, type ForeignTools } from '@countersign/tools';

const METHODS: Readonly<Record<string, Method>> = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' };
/** A tool file takes no more. */
const LONGEST_DESCRIPTION = 2_000;
const KEY_HEADER = /^(?:x-)?idempotency-key$/i;
/** Who asks is the executor's to say. */
const HEADERS_OF_THE_EXECUTOR = /^(?:authorization|cookie|host|content-.*|accept.*|connection|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i;

const asObject = (value: Json | undefined): JsonObject => (value !== undefined && isJsonObject(value) ? value : {});
const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const isJsonType = (name: string): boolean => /^application\/(?:[\w.-]+\+)?json\b/i.test(name);
const jsonContent = (content: Json | undefined): JsonObject | undefined => {
  const [, media] = Object.entries(asObject(content)).find(([name]) => isJsonType(name)) ?? [];
  return media === undefined ? undefined : asObject(asObject(media)['schema']);
};

/** What the arguments of a tool are gathered in. */
class Arguments {
  readonly properties: Record<string, Json> = {};
  readonly required: string[] = [];

  /** Gives the name under which the argument is taken. */
  add(origin: string, schema: Json, isRequired: boolean): string {
    const name = unique(new Set(Object.keys(this.properties)), argumentName(origin));
    this.properties[name] = schema;
    if (isRequired) this.required.push(name);
    return name;
  }

  schema(): JsonObject {
    return { type: 'object', additionalProperties: false, ...(this.required.length > 0 && { required: this.required }), properties: this.properties };
  }
}

const FORM = 'application/x-www-form-urlencoded';

/** A body as a template: JSON where the document has it, a form else. */
const bodyOf = (operation: JsonObject, args: Arguments): { readonly body?: Json; readonly encoding?: 'form' } => {
  const requestBody = asObject(operation['requestBody']);
  const content = asObject(requestBody['content']);
  if (Object.keys(content).length === 0) return {};
  const json = jsonContent(content);
  const schema = json ?? asObject(content[FORM])['schema'];
  if (schema === undefined) throw new SchemaRefused('a body that is neither JSON nor a form');
  const encoding = json === undefined && { encoding: 'form' as const };
  const closed = closedSchema(schema, { closed: true });
  const isRequired = requestBody['required'] === true;
  if (closed['type'] !== 'object' || closed['anyOf'] !== undefined || closed['oneOf'] !== undefined) return { body: `{${args.add('body', closed, isRequired)}}`, ...encoding };
  const required = asList(closed['required']);
  return { body: Object.fromEntries(Object.entries(asObject(closed['properties'])).map(([name, property]) => [name, `{${args.add(name, property, isRequired && required.includes(name))}}`])), ...encoding };
};

/** The name of a parameter of the query as a template knows it; `undefined` where a template cannot say its style. */
const queryName = (name: string, parameter: JsonObject, schema: JsonObject): string | undefined => {
  const { style = 'form', explode = style === 'form' } = parameter;
  const isList = schema['type'] === 'array';
  if (style === 'deepObject') return isList ? `${name}[]` : name;
  const isPlain = !isList && schema['type'] !== 'object' && schema['anyOf'] === undefined && schema['oneOf'] === undefined;
  return style === 'form' && (isPlain || (isList && explode === true)) ? name : undefined;
};

const resultOf = (operation: JsonObject, api: JsonObject): { readonly result: JsonObject; readonly pick: Readonly<Record<string, string>> } => {
  const [, response] = Object.entries(asObject(operation['responses'])).find(([status]) => /^2(?:\d\d|XX)$/.test(status)) ?? [];
  const schema = jsonContent(asObject(response)['content']);
  // What leads into itself somewhere was left as a reference.
  const reference = asText(schema?.['$ref']);
  const whole = reference.startsWith('#/') ? atPointer(api, reference.slice(1)) : schema;
  return whole !== undefined ? pickedFrom(whole) : { result: { type: 'object', additionalProperties: false, properties: {} }, pick: {} };
};

const toolOf = (path: string, method: string, shared: readonly Json[], operation: JsonObject, api: JsonObject): ForeignTool => {
  const args = new Arguments();
  const query: Record<string, string> = {};
  const headers: Record<string, string> = {};
  let route = path;
  let takesKey = false;
  const own = asList(operation['parameters']).map(asObject);
  const inherited = shared.map(asObject).filter((outer) => !own.some((inner) => inner['name'] === outer['name'] && inner['in'] === outer['in']));
  for (const parameter of [...inherited, ...own]) {
    const name = asText(parameter['name']);
    const place = parameter['in'];
    const schema = closedSchema({ ...asObject(parameter['schema']), ...(parameter['description'] !== undefined && { description: parameter['description'] }) }, { closed: true });
    if (place === 'header' && KEY_HEADER.test(name)) {
      headers[name] = '{idempotency_key}';
      takesKey = true;
    } else if (place === 'path' && asText(parameter['style'] ?? 'simple') !== 'simple') throw new SchemaRefused(`\`${name}\` has a style that no contract can say`);
    else if (place === 'path') route = route.replaceAll(`{${name}}`, `{${args.add(name, schema, true)}}`);
    else if (place === 'query') {
      const key = queryName(name, parameter, schema);
      if (key !== undefined) query[key] = `{${args.add(name, schema, parameter['required'] === true)}}`;
      else if (parameter['required'] === true) throw new SchemaRefused(`\`${name}\` has a style that no contract can say`);
    }
    else if (place === 'header' && !HEADERS_OF_THE_EXECUTOR.test(name)) headers[name] = `{${args.add(name, schema, parameter['required'] === true)}}`;
  }
  // Some documents give even a GET an empty body.
  const body = method === 'get' ? {} : bodyOf(operation, args);
  const origin = asText(operation['operationId']) || `${method.toUpperCase()} ${path}`;
  const description = [operation['summary'], operation['description']].map(asText).filter((text, index, all) => text !== '' && all.indexOf(text) === index).join('\n\n').slice(0, LONGEST_DESCRIPTION);
  return {
    origin,
    adapter: 'http',
    name: toolName(asText(operation['operationId']) || `${method} ${path}`),
    description: description || origin,
    args: args.schema(),
    ...resultOf(operation, api),
    request: { method: METHODS[method] ?? 'POST', path: route, query, headers, ...body },
    effect: method === 'get' ? 'read' : 'write',
    takesKey,
  };
};

/** Reads an OpenAPI 3.0 or 3.1 document. Nothing is fetched: what lies outside of the document makes an operation unusable. Throws `CONFIG_INVALID`. */
export const readOpenApi = async (document: JsonObject): Promise<ForeignTools> => {
  if (!/^3\.[01]\./.test(asText(document['openapi']))) throw new CountersignError('CONFIG_INVALID', 'this is no OpenAPI 3.0 or 3.1 document: `openapi` does not say so');
  let api: JsonObject;
  try {
    const parser = new SwaggerParser();
    // The library changes what it is given.
    api = (await parser.validate(structuredClone(document) as never, { resolve: { external: false }, dereference: { circular: 'ignore' } })) as unknown as JsonObject;
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the OpenAPI document is not as it must be: ${messageOf(cause).split('\n').slice(0, 3).join(' ')}`, { cause });
  }
  const tools: ForeignTool[] = [];
  const skipped: { origin: string; why: string }[] = [];
  for (const [path, item] of Object.entries(asObject(api['paths'])).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    for (const method of Object.keys(METHODS)) {
      const operation = asObject(item)[method];
      if (operation === undefined || !isJsonObject(operation)) continue;
      try {
        const tool = toolOf(path, method, asList(asObject(item)['parameters']), operation, api);
        tools.push({ ...tool, name: unique(new Set(tools.map(({ name }) => name)), tool.name) });
      } catch (fault) {
        if (!(fault instanceof SchemaRefused)) throw fault;
        skipped.push({ origin: asText(operation['operationId']) || `${method.toUpperCase()} ${path}`, why: fault.message });
      }
    }
  }
  return { tools, skipped };
};
