import { describe, expect, it } from 'vitest';
import { marksOf } from './schema-marks.js';
import { withoutWithheld } from './withheld.js';

const schema = (properties: object): { readonly type: string; readonly properties: object } => ({ type: 'object', properties });
const RESULT = schema({ id: { type: 'string' }, token: { type: 'string', 'x-class': 'secret' }, keys: { type: 'array', items: schema({ name: {}, value: { 'x-class': 'secret' } }) }, mail: { 'x-class': 'personal' } }) as never;
const VALUE = { id: 're_1', token: 's3cret', keys: [{ name: 'a', value: { deep: 's3cret' } }], mail: 'a@b.example' };

describe('a result that is written down', () => {
  it('holds no secret, at any depth, and the rest as it came', () => {
    const kept = withoutWithheld({ result: RESULT }, VALUE);
    expect(kept).toEqual({ id: 're_1', token: '[withheld: secret]', keys: [{ name: 'a', value: '[withheld: secret]' }], mail: 'a@b.example' });
    expect([...marksOf(kept, RESULT).classes]).toEqual(['secret', 'personal']);
  });

  it('holds nothing of the classes that its contract withholds', () => {
    expect(withoutWithheld({ result: RESULT, withhold: ['personal'] }, VALUE)).toMatchObject({ mail: '[withheld: personal]', token: '[withheld: secret]' });
  });

  it('holds nothing of a whole that is secret', () => {
    expect(withoutWithheld({ result: { type: 'object', 'x-class': 'secret' } }, { a: 1, b: { c: 2 } })).toEqual({ a: '[withheld: secret]', b: '[withheld: secret]' });
  });

  it('holds nothing of what a schema says of it that cannot be followed', () => {
    expect(withoutWithheld({ result: schema({ a: { $ref: 'https://elsewhere.example/a.json' } }) as never }, { a: 's3cret' })).toEqual({ a: '[withheld: secret]' });
  });
});
