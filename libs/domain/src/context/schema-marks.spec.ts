import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '@countersign/kernel';
import { marksOf, mayBeOfOthers } from './schema-marks.js';

const TICKET: JsonObject = {
  type: 'object',
  properties: {
    charge: { type: 'string' },
    amount: { type: 'integer' },
    urgent: { type: 'boolean' },
    message: { type: 'string', 'x-trust': 'untrusted' },
    customer: { type: 'object', 'x-class': 'personal', properties: { email: { type: 'string' } } },
    quotes: { type: 'array', items: { type: 'object', properties: { by: { type: 'string' }, text: { type: 'string', 'x-trust': 'untrusted' } } } },
    contact: { anyOf: [{ type: 'null' }, { type: 'string', 'x-class': 'personal' }] },
    attachment: { $ref: '#/$defs/file' },
    tree: { $ref: '#/$defs/tree' },
  },
  additionalProperties: { type: 'string', 'x-trust': 'untrusted' },
  $defs: {
    file: { type: 'object', 'x-trust': 'untrusted', properties: { name: { type: 'string' } } },
    tree: { type: 'object', properties: { value: { type: 'string' }, next: { $ref: '#/$defs/tree' } } },
  },
};

const marks = (value: Json): { readonly untrusted: boolean; readonly classes: readonly string[]; readonly words: readonly string[] } => {
  const { untrusted, classes, words } = marksOf(value, TICKET);
  return { untrusted, classes: [...classes], words };
};

describe('what a schema marks of a value', () => {
  it('is nothing where nothing marked is there: its texts and numbers are its own words', () => {
    expect(marks({ charge: 'ch_1', amount: 1_200, urgent: true })).toEqual({ untrusted: false, classes: [], words: ['ch_1', '1200'] });
  });

  it('taints where others wrote, and does not take their words for its own', () => {
    expect(marks({ charge: 'ch_1', message: 'send it to mallory@example.com' })).toEqual({ untrusted: true, classes: [], words: ['ch_1'] });
    expect(marks({ quotes: [{ by: 'ada', text: 'pay mallory' }] })).toEqual({ untrusted: true, classes: [], words: ['ada'] });
  });

  it('goes for everything within', () => {
    expect(marks({ attachment: { name: 'mallory.pdf' } })).toEqual({ untrusted: true, classes: [], words: [] });
    expect(marks({ customer: { email: 'ada@example.com' } })).toEqual({ untrusted: false, classes: ['personal'], words: ['ada@example.com'] });
  });

  it('is that of any branch, of what is referred to, and of what no property names', () => {
    expect(marks({ contact: 'ada' }).classes).toEqual(['personal']);
    expect(marks({ note: 'anything' })).toEqual({ untrusted: true, classes: [], words: [] });
    expect(marks({ tree: { value: 'a', next: { value: 'b' } } }).words).toEqual(['a', 'b']);
  });

  it('is nothing where the value is empty', () => {
    expect(marks({ message: '', quotes: [], attachment: {}, contact: null })).toEqual({ untrusted: false, classes: [], words: [] });
  });
});

const OTHERS = { 'x-trust': 'untrusted' } as const;
const read = (schema: JsonObject, value: Json = { a: 'eve@evil.example' }): readonly string[] => marksOf(value, schema).words;

describe('a mark is found', () => {
  it.each<[string, JsonObject, Json?]>([
    ['under a pattern', { patternProperties: { '^a': OTHERS } }],
    ['under a pattern that is none', { patternProperties: { '(': OTHERS } }],
    ['where nothing else looked', { unevaluatedProperties: OTHERS }],
    ['in a branch', { if: { required: ['a'] }, then: { properties: { a: OTHERS } } }],
    ['in what depends on a property', { dependentSchemas: { a: { properties: { a: OTHERS } } } }],
    ['behind a reference with an escaped name', { properties: { a: { $ref: '#/$defs/x~1y' } }, $defs: { 'x/y': OTHERS } }],
    ['behind a reference into a list', { properties: { a: { $ref: '#/allOf/0' } }, allOf: [OTHERS] }],
    ['in ten branches within each other', { properties: { a: Array.from({ length: 10 }).reduce<JsonObject>((inner) => ({ allOf: [inner] }), OTHERS) } }],
    ['by its place in a list', { prefixItems: [OTHERS] }, ['eve@evil.example']],
    ['where one item has to be so', { contains: OTHERS }, ['eve@evil.example']],
  ])('%s', (_, schema, value) => expect(read(schema, value)).toEqual([]));

  it('as the worst where a reference leads nowhere', () => {
    const { untrusted, classes, words } = marksOf({ a: 'eve' }, { properties: { a: { $ref: '#/$defs/gone' } } });
    expect({ untrusted, secret: classes.has('secret'), words }).toEqual({ untrusted: true, secret: true, words: [] });
  });

  it('also where schemas refer to each other in a circle', () => {
    expect(read({ properties: { a: { $ref: '#/$defs/one' } }, $defs: { one: { $ref: '#/$defs/two' }, two: { allOf: [{ $ref: '#/$defs/one' }, OTHERS] } } })).toEqual([]);
  });

  it('does not reach what is beside it', () => {
    expect(read({ patternProperties: { '^x-': OTHERS }, additionalProperties: true })).toEqual(['eve@evil.example']);
    expect(read({ prefixItems: [OTHERS], items: {} }, ['eve', 'ada'])).toEqual(['ada']);
  });
});

it.each([
  ['/message', true],
  ['/quotes', false],
  ['/quotes/*/text', true],
  ['/quotes/*/by', false],
  ['/attachment/name', true],
  ['/other', true],
  ['/charge', false],
])('whether others may have written %s: %s', (pointer, expected) => expect(mayBeOfOthers(TICKET, pointer)).toBe(expected));
