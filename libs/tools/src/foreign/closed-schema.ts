import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';

/** Formats that the validator knows; an unknown one would be a fault of the schema. */
const FORMATS = new Set(['date', 'time', 'date-time', 'duration', 'uri', 'uri-reference', 'uri-template', 'email', 'hostname', 'ipv4', 'ipv6', 'regex', 'uuid', 'json-pointer', 'relative-json-pointer', 'byte', 'int32', 'int64', 'float', 'double', 'password', 'binary']);
const KEPT = new Set(['enum', 'const', 'title', 'description', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties']);
const BOUNDS = [
  ['minimum', 'exclusiveMinimum'],
  ['maximum', 'exclusiveMaximum'],
] as const;

const BRANCHES = ['anyOf', 'oneOf'] as const;

export interface Closing {
  /** Arguments are closed all the way down; an answer is only picked from, and may hold more. */
  readonly closed: boolean;
}

/** Thrown for what no closed schema can be made of. */
export class SchemaRefused extends Error {}

/** Deeper than people describe anything; a reference to itself is one of these. */
const DEEPEST = 20;

const asObject = (value: Json | undefined): JsonObject => (value !== undefined && isJsonObject(value) ? value : {});

/** `nullable` and boolean exclusive bounds are OpenAPI 3.0's; the rest of the project speaks JSON Schema 2020-12. */
const modern = (schema: JsonObject): JsonObject => {
  const next: Record<string, Json> = { ...schema };
  for (const [bound, exclusive] of BOUNDS) {
    if (typeof next[exclusive] !== 'boolean') continue;
    if (next[exclusive] && next[bound] !== undefined) {
      next[exclusive] = next[bound];
      delete next[bound];
    } else delete next[exclusive];
  }
  if (next['nullable'] === true && typeof next['type'] === 'string') {
    next['type'] = [next['type'], 'null'];
    if (Array.isArray(next['enum']) && !next['enum'].includes(null)) next['enum'] = [...(next['enum'] as Json[]), null];
  }
  if (next['nullable'] === true && next['type'] === undefined) {
    for (const branch of BRANCHES) if (Array.isArray(next[branch])) next[branch] = [...(next[branch] as Json[]), { type: 'null' }];
  }
  return next;
};

/** A schema and the parts of it that all hold, in their order. */
const partsOf = ({ allOf, ...rest }: JsonObject, depth = 0): readonly JsonObject[] => {
  if (depth > DEEPEST) throw new SchemaRefused('a schema that goes too deep, or into itself');
  return Array.isArray(allOf) ? [rest, ...(allOf as Json[]).flatMap((part) => partsOf(asObject(part), depth + 1))] : [rest];
};

/** Parts that all hold: objects become one, so that it can be closed; what comes first counts. Each part is looked at once, however many there are. */
const merged = (schema: JsonObject): JsonObject => {
  if (!Array.isArray(schema['allOf'])) return schema;
  const parts = partsOf(schema);
  const [first = {}] = parts;
  if (parts.length === 1) return first;
  const lastFirst = parts.toReversed();
  const required = [...new Set(parts.flatMap((part) => (part['required'] as Json[] | undefined) ?? []))];
  const properties = Object.fromEntries(lastFirst.flatMap((part) => Object.entries(asObject(part['properties']))));
  return { ...Object.fromEntries(lastFirst.flatMap((part) => Object.entries(part))), properties, ...(required.length > 0 && { required }) };
};

/** What may be sent: properties that are only for reading are nobody's to write. */
const propertiesOf = (schema: JsonObject, closing: Closing, depth: number): JsonObject =>
  Object.fromEntries(
    Object.entries(asObject(schema['properties']))
      .filter(([, property]) => asObject(property)[closing.closed ? 'readOnly' : 'writeOnly'] !== true)
      .map(([name, property]) => [name, closedSchema(property, closing, depth + 1)]),
  );

const objectOf = (schema: JsonObject, closing: Closing, depth: number): JsonObject => {
  const { additionalProperties: values } = schema;
  // A map says what its values are; without that, nothing but what is named may be sent.
  if (schema['properties'] === undefined && values !== undefined && isJsonObject(values) && Object.keys(values).length > 0) return { additionalProperties: closedSchema(values, closing, depth + 1) };
  const properties = propertiesOf(schema, closing, depth);
  const required = Array.isArray(schema['required']) ? schema['required'].filter((name) => typeof name === 'string' && Object.hasOwn(properties, name)) : [];
  return { ...(closing.closed && { additionalProperties: false }), ...(required.length > 0 && { required }), properties };
};

const typeOf = (schema: JsonObject): Json | undefined => schema['type'] ?? (schema['properties'] === undefined ? (schema['items'] === undefined ? undefined : 'array') : 'object');
const includes = (type: Json | undefined, name: string): boolean => type === name || (Array.isArray(type) && type.includes(name));

/** Deeper than steps look into answers; descriptions of large systems lead from every answer to everything. */
const DEEPEST_ANSWER = 4;

/** A schema in JSON Schema 2020-12 with nothing in it that the validator does not know. Of an answer, what goes too deep or into itself may be anything; for arguments it throws `SchemaRefused`. */
export const closedSchema = (value: Json, closing: Closing, depth = 0): JsonObject => {
  if (!closing.closed && (depth > DEEPEST_ANSWER || (isJsonObject(value) && typeof value['$ref'] === 'string'))) return {};
  if (depth > DEEPEST) throw new SchemaRefused('a schema that goes too deep, or into itself');
  if (!isJsonObject(value)) return {};
  if (typeof value['$ref'] === 'string') throw new SchemaRefused(`\`${value['$ref']}\` leads into itself or outside of the document`);
  const schema = modern(merged(value));
  const type = typeOf(schema);
  const kept: Record<string, Json> = {};
  if (type !== undefined) kept['type'] = type;
  for (const [key, item] of Object.entries(schema)) if (KEPT.has(key)) kept[key] = item;
  if (typeof schema['format'] === 'string' && FORMATS.has(schema['format'])) kept['format'] = schema['format'];
  if (includes(type, 'object')) Object.assign(kept, objectOf(schema, closing, depth));
  if (includes(type, 'array')) kept['items'] = closedSchema(schema['items'] ?? {}, closing, depth + 1);
  for (const branch of BRANCHES) {
    const branches: Json | undefined = schema[branch];
    // Parts of an answer may be known too little to tell branches apart.
    if (Array.isArray(branches)) kept[closing.closed ? branch : 'anyOf'] = branches.map((each: Json) => closedSchema(each, closing, depth + 1));
  }
  return kept;
};
