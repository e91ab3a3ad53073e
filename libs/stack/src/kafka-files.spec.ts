import { describe, expect, it } from 'vitest';
import { credentialsFor, fillTemplate, newClusterId } from './kafka-files.js';

describe('the users of a local Kafka', () => {
  it('always have an admin, and keep the passwords of the data', () => {
    const made = credentialsFor([{ name: 'planner' }, { name: 'ledger', password: 'given' }], undefined);
    expect(Object.keys(made).toSorted()).toEqual(['admin', 'ledger', 'planner']);
    expect(made['ledger']).toBe('given');
    expect(made['planner']).toMatch(/^[\w-]{32}$/);
    expect(credentialsFor([{ name: 'planner' }, { name: 'ledger' }], made)).toEqual(made);
  });

  it('may not have names and passwords that would need quoting', () => {
    for (const user of [{ name: 'a b' }, { name: 'a,b' }, { name: 'planner', password: 'a"b' }, { name: 'planner', password: '' }]) {
      expect(() => credentialsFor([user], undefined)).toThrow('may hold letters, digits');
    }
  });
});

describe('a template', () => {
  it('is filled, with what Java would read otherwise escaped', () => {
    expect(fillTemplate('# ${comment}\na=${folder}:${port}', { folder: '/data/märz\\1', port: '9' })).toBe('# ${comment}\na=/data/m\\u00e4rz\\\\1:9');
  });

  it('is refused when a value is missing', () => {
    expect(() => fillTemplate('a=${folder}', {})).toThrow('the template uses `folder`, which has no value');
  });
});

describe('a cluster id', () => {
  it('is never taken for an option', () => {
    const ids = Array.from({ length: 500 }, newClusterId);
    expect(ids.filter((id) => !/^[A-Za-z0-9_][\w-]{21}$/.test(id))).toEqual([]);
  });
});
