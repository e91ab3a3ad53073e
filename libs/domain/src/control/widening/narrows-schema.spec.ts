import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@countersign/kernel';
import { narrowsSchema } from './narrows-schema.js';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', additionalProperties: false, properties, ...more });
const BASE = object({ amount: { type: 'integer', minimum: 1, maximum: 100 }, to: { enum: ['a', 'b'] } }, { required: ['amount'] });

describe('a schema', () => {
  it.each<[string, JsonObject]>([
    ['the same', BASE],
    ['with closer bounds', object({ amount: { type: 'integer', minimum: 5, maximum: 50 }, to: { enum: ['a', 'b'] } }, { required: ['amount'] })],
    ['with fewer values', object({ amount: { type: 'integer', minimum: 1, maximum: 100 }, to: { enum: ['b'] } }, { required: ['amount'] })],
    ['that needs more', { ...BASE, required: ['to', 'amount'] }],
    ['with a property less', object({ amount: { type: 'integer', minimum: 1, maximum: 100 } }, { required: ['amount'] })],
    ['with a pattern more and other words', object({ amount: { type: 'integer', minimum: 1, maximum: 100, description: 'cents' }, to: { enum: ['a', 'b'], pattern: 'a' } }, { required: ['amount'] })],
  ])('narrows: %s', (_, after) => {
    expect(narrowsSchema(BASE, after)).toBe(true);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['a higher bound', BASE, object({ amount: { type: 'integer', minimum: 1, maximum: 101 }, to: { enum: ['a', 'b'] } }, { required: ['amount'] })],
    ['no bound', BASE, object({ amount: { type: 'integer', minimum: 1 }, to: { enum: ['a', 'b'] } }, { required: ['amount'] })],
    ['a value more', BASE, object({ amount: { type: 'integer', minimum: 1, maximum: 100 }, to: { enum: ['a', 'b', 'c'] } }, { required: ['amount'] })],
    ['a property more', BASE, object({ ...(BASE['properties'] as JsonObject), note: { type: 'string' } }, { required: ['amount'] })],
    ['nothing required', BASE, { ...BASE, required: [] }],
    ['an open object', BASE, { ...BASE, additionalProperties: true }],
    ['another type', { type: 'integer' }, { type: 'string' }],
    ['a property less of an open object', { type: 'object', properties: { a: { type: 'string' } } }, { type: 'object', properties: {} }],
    ['a property less that a pattern lets through', { ...object({ ab: { const: 1 } }), patternProperties: { a: {} } }, { ...object({}), patternProperties: { a: {} } }],
    ['a condition that says more', { not: { minimum: 3 } }, { not: { minimum: 5 } }],
    ['a part that is referred to', { properties: { a: { maximum: 5 }, b: { not: { $ref: '#/properties/a' } } } }, { properties: { a: { maximum: 3 }, b: { not: { $ref: '#/properties/a' } } } }],
  ])('is not shown to narrow: %s', (_, before, after) => {
    expect(narrowsSchema(before, after)).toBe(false);
  });
});
