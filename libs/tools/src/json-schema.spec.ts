import { describe, expect, it } from 'vitest';
import { compileSchema } from './json-schema.js';

const named = (type: string) => ({ $id: 'https://example.com/value', $defs: { value: { $id: '/inner', type } }, $ref: '/inner' });

describe('a schema', () => {
  it('knows nothing of one that was compiled before it, also where both have one name', () => {
    expect([compileSchema(named('string'))('text'), compileSchema(named('integer'))('text')]).toEqual([[], [{ pointer: '', message: 'must be integer' }]]);
    expect(() => compileSchema({ $ref: 'https://example.com/value' })).toThrow(/can't resolve reference/);
  });

  it.each([
    ['of a type that there is not', { type: 'text' }, /schema is invalid: data\/type must be/],
    ['with a keyword that there is not', { type: 'string', maxLenght: 3 }, /unknown keyword: "maxLenght"/],
    ['with a format that there is not', { type: 'string', format: 'postcode' }, /unknown format "postcode"/],
    ['of another draft', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' }, /no schema with key or ref/],
    ['of a class that there is not', { type: 'string', 'x-class': 'private' }, /keyword "x-class" value is invalid/],
  ])('%s is refused', (_, schema, message) => {
    expect(() => compileSchema(schema)).toThrow(message);
    expect(() => compileSchema(schema)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
