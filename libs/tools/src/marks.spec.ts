import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markFaults, marksOf, type DocumentFault, type DocumentReading } from '@countersign/domain';
import type { Json, JsonObject } from '@countersign/kernel';
import { readDocument } from './documents/read-document.js';

const KEYS = ['a', 'b', 'x-1'];

const values = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.constant<Json>('text'), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 3 })),
})).value;

/** Every text of a value is another one, so that each says where it stood. */
const labelled = (value: Json, path = ''): Json => {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item, index) => labelled(item, `${path}/${index}`));
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, labelled(inner, `${path}/${key}`)])) : `at ${path}/`;
};

const MARKED: JsonObject = { 'x-trust': 'untrusted' };

/** One keyword or two a schema: with more of them everything is marked, and nothing would be left to be missed. */
const schemas = fc.letrec<{ schema: JsonObject }>((tie) => {
  const one = tie('schema');
  const list = fc.array(one, { minLength: 1, maxLength: 2 });
  const under = (keyword: string, part: fc.Arbitrary<unknown>): fc.Arbitrary<JsonObject> => part.map((held) => ({ [keyword]: held }) as JsonObject);
  const parts = fc.oneof(
    under('$ref', fc.constantFrom('#/$defs/a~1b', '#/$defs/list/anyOf/0', '#/$defs/%66ile', '#/$defs/none', '#file')),
    under('patternProperties', fc.dictionary(fc.constantFrom('^x-', 'b|a'), one, { minKeys: 1, maxKeys: 1 })),
    ...['properties', 'dependentSchemas'].map((keyword) => under(keyword, fc.dictionary(fc.constantFrom(...KEYS), one, { minKeys: 1, maxKeys: 2 }))),
    ...['prefixItems', 'anyOf', 'oneOf', 'allOf'].map((keyword) => under(keyword, list)),
    ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'items', 'contains', 'unevaluatedItems', 'not'].map((keyword) => under(keyword, one)),
    fc.record({ if: one, then: one, else: one }) as unknown as fc.Arbitrary<JsonObject>,
  );
  const several = fc.array(parts, { minLength: 1, maxLength: 2 }).map((each) => Object.assign({}, ...each) as JsonObject);
  return { schema: fc.oneof({ maxDepth: 3 }, fc.constant(MARKED), fc.constant<JsonObject>({}), { arbitrary: several, weight: 4 }) };
}).schema;

/** ajv 8.20 trips over its own notes of what an `if` within an `if` has evaluated: of such a schema it says nothing. */
const NO_READING = /can't resolve reference|Cannot set properties of undefined/;

/** Where ajv comes upon a mark: another reading of the same schema. What ajv does not take is no file either. */
const markedBy = (schema: JsonObject, value: Json): ReadonlySet<string> => {
  const found = new Set<string>();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addKeyword({ keyword: 'x-trust', validate: (_: unknown, __: unknown, ___: unknown, at?: { readonly instancePath: string }) => Boolean(found.add(at?.instancePath ?? '')) });
  try {
    ajv.compile(schema)(value);
  } catch (fault) {
    expect(String(fault)).toMatch(NO_READING);
  }
  return found;
};

const DEFS: JsonObject = { 'a/b': { 'x-trust': 'untrusted' }, list: { anyOf: [{ items: { 'x-trust': 'untrusted' }, properties: { a: { 'x-trust': 'untrusted' } } }] }, file: { 'x-trust': 'untrusted' } };

describe('what a schema marks', () => {
  it('is never among the words, whatever keyword it stands under, or the schema is refused', () => {
    let marked = 0;
    fc.assert(
      fc.property(schemas, values, (generated, shape) => {
        const schema = { ...generated, $defs: DEFS };
        if (markFaults(schema, '').length > 0) return;
        const value = labelled(shape);
        const places = markedBy(schema, value);
        marked += places.size > 0 ? 1 : 0;
        const { words } = marksOf(value, schema);
        for (const place of places) expect(words.filter((word) => word.startsWith(`at ${place}/`))).toEqual([]);
      }),
      { numRuns: 200 },
    );
    // Else it would say nothing.
    expect(marked).toBeGreaterThan(20);
  });
});

describe('a schema is refused', () => {
  const faultsOf = (schema: JsonObject): readonly string[] => markFaults(schema, '/input').map(({ pointer }) => pointer);
  it.each<[string, JsonObject, readonly string[]]>([
    ['whose mark is about names', { propertyNames: { anyOf: [{ 'x-trust': 'untrusted' }] } }, ['/input/propertyNames']],
    ['whose reference is about names', { propertyNames: { $ref: '#/$defs/name' }, $defs: { name: {} } }, ['/input/propertyNames']],
    ['whose mark is in what a text holds', { properties: { a: { contentSchema: { 'x-class': 'personal' } } } }, ['/input/properties/a/contentSchema']],
    ['whose reference leads nowhere', { properties: { a: { $ref: '#/$defs/gone' } }, $defs: {} }, ['/input/properties/a/$ref']],
    ['whose reference leads out of the file', { $ref: 'https://json-schema.org/draft/2020-12/schema' }, ['/input/$ref']],
    ['whose reference goes by an anchor', { items: { $ref: '#file' }, $defs: { file: { $anchor: 'file' } } }, ['/input/items/$ref']],
    ['that refers by what is found on the way', { $dynamicRef: '#file' }, ['/input/$dynamicRef']],
    ['whose parts have an address of their own', { $defs: { file: { $id: 'https://example.com/file' } } }, ['/input/$defs/file/$id']],
  ])('%s', (_, schema, pointers) => expect(faultsOf(schema)).toEqual(pointers));

  it('for nothing else: properties and values may be called so', () => {
    expect(faultsOf({ $id: 'https://example.com/', properties: { 'x-trust': { const: { 'x-class': 'personal' } }, $ref: { default: { 'x-trust': 'untrusted' } }, tree: { $ref: '#' } } })).toEqual([]);
  });
});

const faultsIn = (reading: DocumentReading<'tool' | 'contract'>): readonly DocumentFault[] => ('faults' in reading ? reading.faults : []);

describe('a tool file', () => {
  const tool: JsonObject = {
    id: 'crm.contact',
    version: 1,
    description: 'looks a customer up',
    effect: 'read',
    connection: 'crm',
    adapter: 'http',
    args: { type: 'object', additionalProperties: false, properties: { customer: { type: 'string' } } },
    result: { type: 'object', additionalProperties: false, properties: { email: { type: 'string' }, others: { type: 'array', items: { type: 'string', 'x-trust': 'untrusted' } } } },
    request: { method: 'GET', path: '/customers' },
    timeout: '5s',
    result_trust: 'trusted',
    vouches_for: [{ result: '/email', kind: 'email' }],
  };
  const faultsOf = (change: JsonObject): readonly string[] => faultsIn(readDocument('tool', { ...tool, ...change })).map(({ pointer, message }) => `${pointer} ${message}`);

  it('may vouch for what nobody else wrote', () => expect(faultsOf({})).toEqual([]));

  it.each<[string, JsonObject, string]>([
    ['a tool whose results anybody may have written', { result_trust: 'untrusted' }, '/vouches_for anybody may have written what the tool returns: only a tool with `result_trust: trusted` vouches for places'],
    ['a place that others fill', { vouches_for: [{ result: '/others', kind: 'email' }] }, '/vouches_for/0/result `/others` is `x-trust: untrusted`: what others wrote vouches for nothing'],
  ])('may not vouch with the word of strangers: %s', (_, change, fault) => expect(faultsOf(change)).toEqual([fault]));

  it('is refused where policy would not find a mark of its result', () => {
    const result = { type: 'object', additionalProperties: false, properties: { a: { type: 'object', propertyNames: { 'x-class': 'secret' } } } };
    expect(faultsOf({ result, vouches_for: [] })).toEqual(['/result/properties/a/propertyNames nobody looks for `x-trust` and `x-class` under `propertyNames`: no mark and no reference can be there']);
  });
});

it('a contract file is refused where a mark of its input would guard nothing', () => {
  const input = { type: 'object', properties: { message: { $ref: '#/$defs/text' } }, propertyNames: { type: 'string', 'x-trust': 'untrusted' }, $defs: { text: { type: 'string', 'x-trust': 'untrusted' } } };
  const faults = faultsIn(readDocument('contract', { id: 'desk', version: 1, owner: 'ada', tenants: ['acme'], workflow: 'desk', accepts: [], input, tools: {}, playbook: 'desk' }));
  expect(faults.map(({ pointer }) => pointer)).toEqual(['/input/propertyNames']);
});
