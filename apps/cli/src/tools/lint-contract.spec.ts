import type { JsonObject } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import { lintContract } from './lint-contract.js';

const found = (properties: JsonObject, rest: JsonObject = { additionalProperties: false }): readonly string[] => lintContract({ input: { type: 'object', properties, ...rest } }).map(({ code, pointer }) => `${code} ${pointer}`);

describe('the input of an agent contract', () => {
  it('whose texts are ids, choices or marked has no finding', () => {
    expect(found({ id: { type: 'string', maxLength: 64 }, how: { enum: ['a', 'b'] }, name: { type: 'string', pattern: '^[a-z]+$' }, message: { type: 'string', 'x-trust': 'untrusted' }, rows: { type: 'integer' } })).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    ['a free text', { message: { type: 'string' } }, 'input.unmarked /input/properties/message'],
    ['a text that may be absent', { message: { type: ['string', 'null'], maxLength: 65 } }, 'input.unmarked /input/properties/message'],
    ['a free text in a list', { notes: { type: 'array', items: { type: 'string' } } }, 'input.unmarked /input/properties/notes/items'],
    ['a free text in an object', { issue: { type: 'object', additionalProperties: false, properties: { 'a/b': { type: 'string' } } } }, 'input.unmarked /input/properties/issue/properties/a~1b'],
    ['an open object', { comment: { type: 'object' } }, 'input.unmarked /input/properties/comment'],
  ])('that takes %s for the word of the task is found', (_, properties, finding) => {
    expect(found(properties)).toEqual([finding]);
  });

  it('that takes keys which nobody named is found, unless they are marked', () => {
    expect(found({}, {})).toEqual(['input.unmarked /input']);
    expect(found({}, { additionalProperties: { 'x-trust': 'untrusted' } })).toEqual([]);
  });
});
