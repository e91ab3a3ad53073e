import fc from 'fast-check';
import { expect, it } from 'vitest';
import { narrowsSchema } from '@countersign/domain';
import type { Json, JsonObject } from '@countersign/kernel';
import { compileSchema } from './json-schema.js';

const bound = fc.integer({ min: 0, max: 4 });
const number = fc.record({ minimum: bound, maximum: bound, exclusiveMaximum: bound }, { requiredKeys: [] }).map((bounds): JsonObject => ({ type: 'integer', ...bounds }));
const text = fc.record({ minLength: bound, maxLength: bound, enum: fc.uniqueArray(fc.constantFrom('', 'a', 'bb', 'ccc'), { minLength: 1 }) }, { requiredKeys: [] }).map((bounds): JsonObject => ({ type: 'string', ...bounds }));
const list = fc.record({ items: number, maxItems: bound }, { requiredKeys: ['items'] }).map((bounds): JsonObject => ({ type: 'array', ...bounds }));
const schema = fc
  .record({
    properties: fc.record({ a: number, b: text, c: list }, { requiredKeys: [] }),
    required: fc.subarray(['a', 'b']),
    closed: fc.boolean(),
  })
  .map(({ properties, required, closed }): JsonObject => ({ type: 'object', ...(closed && { additionalProperties: false }), required, properties: properties as JsonObject }));
const value = fc.record({ a: fc.integer({ min: -1, max: 5 }), b: fc.constantFrom('', 'a', 'bb', 'ccc', 'dddd'), c: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }) }, { requiredKeys: [] });
/** Mostly what is nearly the same, so that there is something to be found out. */
const pair = schema.chain((before) =>
  fc.tuple(
    fc.constant(before),
    fc.record({ properties: fc.record({ a: number, b: text, c: list }, { requiredKeys: [] }), dropped: fc.subarray(['a', 'b', 'c'], { maxLength: 1 }), more: fc.subarray(['a', 'b']), closed: fc.boolean() }).map(({ properties, dropped, more, closed }): JsonObject => {
      const old = before['properties'] as JsonObject;
      const kept = Object.fromEntries(Object.entries(old).filter(([name]) => !dropped.includes(name)));
      const changed = Object.fromEntries(Object.entries(properties as JsonObject).filter(([name]) => Object.hasOwn(kept, name) && more.length > 0));
      return { ...before, ...(closed && { additionalProperties: false }), required: [...new Set([...(before['required'] as string[]), ...more])], properties: { ...kept, ...changed } };
    }),
  ),
);

it('a schema that is said to narrow lets nothing through that was refused before, 600 pairs', () => {
  const seen = { narrows: 0, passed: 0 };
  fc.assert(
    fc.property(pair, fc.array(value, { minLength: 20, maxLength: 20 }), ([before, after], values) => {
      if (!narrowsSchema(before, after)) return;
      seen.narrows += 1;
      const [old, now] = [compileSchema(before), compileSchema(after)];
      for (const each of values as readonly Json[]) {
        if (now(each).length > 0) continue;
        seen.passed += 1;
        expect(old(each)).toEqual([]);
      }
    }),
    { numRuns: 600, seed: 20_260_302 },
  );
  expect(Math.min(seen.narrows, seen.passed)).toBeGreaterThan(50);
}, 180_000);
