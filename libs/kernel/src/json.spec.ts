import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-form.js';
import { atPointer, pointerNames, pointerPart } from './json.js';

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 unit and writes numbers as RFC 8785 says', () => {
    expect(canonicalJson({ b: [3e2, 1e21, 0.1], '€': -0, a: 'x\u001f"', '10': 1, '9': 2 })).toBe('{"10":1,"9":2,"a":"x\\u001f\\"","b":[300,1e+21,0.1],"€":0}');
  });

  it('leaves out what is undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  it.each([
    ['nothing', undefined],
    ['no number', Number.NaN],
    ['infinity', { a: Infinity }],
    ['half a character', { a: '\ud800' }],
    ['a circle', circle],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'JSON_INVALID' }));
  });
});

describe('a JSON pointer', () => {
  it.each([
    ['a name', 'amount', 'amount'],
    ['a slash', 'a/b', 'a~1b'],
    ['a tilde', 'a~b', 'a~0b'],
    ['what looks escaped', '~1', '~01'],
    ['nothing', '', ''],
  ])('writes %s as a part of it, and reads it back', (_, name, part) => {
    expect(pointerPart(name)).toBe(part);
    expect(pointerNames(`/x/${part}`)).toEqual(['x', name]);
  });

  it('of the whole goes through no name', () => {
    expect(pointerNames('')).toEqual([]);
  });

  const value = JSON.parse('{"a/b":{"~":[1,null]},"__proto__":{"x":1}}') as Parameters<typeof atPointer>[0];

  it('leads to own values only, whatever they are called', () => {
    expect(atPointer(value, '/a~1b/~0/0')).toBe(1);
    expect(atPointer(value, '/a~1b/~0/1')).toBeNull();
    expect(atPointer(value, '/__proto__/x')).toBe(1);
    expect(atPointer({}, '/__proto__')).toBeUndefined();
    expect(atPointer({}, '/toString')).toBeUndefined();
    expect(atPointer(value, '')).toBe(value);
  });
});
