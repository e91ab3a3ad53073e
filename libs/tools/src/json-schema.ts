import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { CountersignError, isJsonObject, isSealedClass, messageOf, nearest, pointerNames, pointerPart, SEALED_CLASSES, SEALED_PATTERN, type Json, type JsonObject } from '@countersign/kernel';
import { DATA_CLASSES, marksAny, type DocumentFault } from '@countersign/domain';

// The package is CommonJS: its default export is the module for some loaders and the function for others.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

const createAjv = ({ meta }: { readonly meta: boolean }): Ajv2020 => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, verbose: true, allowUnionTypes: true, ownProperties: true, meta, validateSchema: meta });
  addFormats(ajv);
  // They say what a value is to people and policies, and nothing about whether it is valid.
  ajv.addKeyword({ keyword: 'x-class', schemaType: 'string', metaSchema: { enum: [...DATA_CLASSES] } });
  ajv.addKeyword({ keyword: 'x-trust', schemaType: 'string', metaSchema: { enum: ['untrusted'] } });
  return ajv;
};

/**
 * Knows the meta-schema and no other: schemas must know nothing of each other, so each is compiled by an instance of its own, and to compile
 * the meta-schema for each takes ten times as long as all the rest (37 ms and 3 ms).
 */
let withMetaSchema: Ajv2020 | undefined;

/** Keys that a schema knows, for a suggestion. */
const knownKeys = (error: ErrorObject): string[] => Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});

const describe = (error: ErrorObject): DocumentFault => {
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const key = String(error.params['additionalProperty'] ?? error.params['unevaluatedProperty']);
    const suggestion = nearest(key, knownKeys(error));
    return { pointer: `${error.instancePath}/${pointerPart(key)}`, message: `unknown key \`${key}\`${suggestion === undefined ? '' : `, did you mean \`${suggestion}\`?`}` };
  }
  if (error.keyword === 'required') {
    const key = String(error.params['missingProperty']);
    return { pointer: `${error.instancePath}/${pointerPart(key)}`, message: `\`${key}\` is missing` };
  }
  if (error.keyword === 'enum') return { pointer: error.instancePath, message: `must be one of ${(error.schema as Json[]).map((value) => `\`${JSON.stringify(value).replaceAll('"', '')}\``).join(', ')}` };
  if (error.schema === SEALED_PATTERN) return { pointer: error.instancePath, message: NOT_SEALED };
  return { pointer: error.instancePath, message: error.message ?? 'is not as it must be' };
};

export const NOT_SEALED = 'is personal or secret, and has to be sealed before it is sent';

/** What stands at a marked place of a value that gets onto Kafka. */
const SEALED = { type: ['string', 'null'], pattern: SEALED_PATTERN } as const;

/** How values at places that a schema marks `personal` or `secret` are held against it: `opened` as everything else, `sealed` only in their sealed form, `either` in both. */
export type Sealing = 'opened' | 'sealed' | 'either';

const isMarked = (schema: JsonObject): boolean => isSealedClass(schema['x-class']);

/** The whole is marked: each of its parts is. An object stays an object. */
const partsSealed = (schema: JsonObject, put: (schema: Json) => Json): JsonObject => {
  const named: Json | undefined = schema['properties'];
  const more: Json | undefined = schema['additionalProperties'];
  const { patternProperties: _, ...rest } = schema;
  return { ...rest, ...(isJsonObject(named) && { properties: Object.fromEntries(Object.entries(named).map(([name, part]) => [name, put(part)])) }), additionalProperties: more === false ? false : put(more ?? true) };
};

/** The schema of the same values in another form; the very same where it marks nothing. */
export const schemaOfForm = (schema: JsonObject, form: Sealing): JsonObject => {
  if (form === 'opened' || !marksAny(schema, SEALED_CLASSES)) return schema;
  const put = (marked: Json): Json => (form === 'sealed' ? SEALED : { anyOf: [SEALED, marked] });
  const walk = (here: Json): Json => {
    if (Array.isArray(here)) return (here as readonly Json[]).map(walk);
    if (!isJsonObject(here)) return here;
    return isMarked(here) ? put(here) : Object.fromEntries(Object.entries(here).map(([name, inner]) => [name, walk(inner)]));
  };
  return isMarked(schema) ? partsSealed(schema, put) : (walk(schema) as JsonObject);
};

/** Reports about branches that were tried say nothing of their own. */
const BRANCHES = new Set(['anyOf', 'oneOf', 'if', 'not', 'propertyNames']);

/** The faults of a value against a schema; empty where there are none. Messages never hold the value. */
export type FaultsOf = (value: unknown) => readonly DocumentFault[];

const faultsWith = (validate: ValidateFunction): FaultsOf => (value) => {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const plain = errors.filter(({ keyword }) => !BRANCHES.has(keyword));
  return (plain.length > 0 ? plain : errors).map(describe);
};

/** Faults of what an outside system says, without names that it has made up: places are told by what the schema knows, and `*`. */
export const namedFaults = (schema: JsonObject, faults: readonly DocumentFault[]): readonly DocumentFault[] => {
  const text = JSON.stringify(schema);
  const isKnown = (name: string): boolean => /^\d+$/.test(name) || text.includes(`${JSON.stringify(name)}:`);
  return faults.map(({ pointer, message }) => ({
    pointer: pointerNames(pointer).map((name) => `/${isKnown(name) ? pointerPart(name) : '*'}`).join(''),
    message: message.startsWith('unknown key') ? 'has a key that the schema does not know' : message,
  }));
};

/** A check made of a schema that is data (JSON Schema 2020-12, strict). Throws `CONFIG_INVALID` where it is no such schema. */
export const compileSchema = (schema: JsonObject): FaultsOf => {
  try {
    withMetaSchema ??= createAjv({ meta: true });
    void withMetaSchema.validateSchema(schema, true);
    return faultsWith(createAjv({ meta: false }).compile(schema));
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the schema cannot be used: ${messageOf(cause)}`, { cause });
  }
};

const FORMS: readonly Sealing[] = ['opened', 'sealed', 'either'];

/** Faults of a schema itself, in every form that values are held against it; what a tool returns is held against it before it is sealed. */
export const schemaFaults = (schema: JsonObject, pointer: string, forms: readonly Sealing[] = FORMS): readonly DocumentFault[] => {
  try {
    for (const form of forms) compileSchema(schemaOfForm(schema, form));
    return [];
  } catch (fault) {
    return [{ pointer, message: messageOf(fault) }];
  }
};
