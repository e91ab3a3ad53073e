import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '@countersign/kernel';
import { decodeLeaf, encodeLeaf, type ArchivedRecord } from './leaf.js';

const RECORD: ArchivedRecord = { offset: 7, timestamp: 1_700_000_000_000, key: Buffer.from('acme/refunds'), value: Buffer.from('{"a":1,"b":["x"]}'), headers: { 'cs-epoch': Buffer.from('3'), 'cs-sig': Buffer.from('v1') } };

const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each));
const json = fc.jsonValue().map((each) => Buffer.from(canonicalJson(each)));
const record: fc.Arbitrary<ArchivedRecord> = fc.record({
  offset: fc.nat(),
  timestamp: fc.nat(),
  key: fc.oneof(fc.constant(null), bytes, fc.string().map((text) => Buffer.from(text))),
  value: fc.oneof(fc.constant(null), bytes, json),
  headers: fc.dictionary(fc.string({ minLength: 1 }).filter((name) => name.isWellFormed() && name !== '__proto__'), bytes, { maxKeys: 4 }),
});

describe('an entry of the archive', () => {
  it('is canonical JSON with the event as it is', () => {
    const { entry } = encodeLeaf(RECORD, 5);
    expect(entry.toString()).toBe('{"e":{"a":1,"b":["x"]},"h":[["cs-epoch","Mw=="],["cs-sig","djE="]],"k":"acme/refunds","o":7,"p":5,"t":1700000000000,"v":1}');
    expect(canonicalJson(JSON.parse(entry.toString()))).toBe(entry.toString());
  });

  it('gives back every record byte for byte', () => {
    fc.assert(
      fc.property(record, fc.integer({ min: -1 }), (each, previous) => {
        expect(decodeLeaf(encodeLeaf(each, previous).entry)).toEqual({ record: { ...each, headers: { ...each.headers } }, previous });
      }),
    );
  });

  it('gives back a record whose key or header names are not ASCII', () => {
    for (const each of [{ ...RECORD, key: Buffer.from('Zürich/é') }, { ...RECORD, headers: { 'größe': Buffer.from('1') } }]) expect(decodeLeaf(encodeLeaf(each, 5).entry)).toEqual({ record: each, previous: 5 });
  });

  it('keeps a value that is not canonical JSON as it is, in base64', () => {
    for (const value of ['{"b":1,"a":2}', '{"a": 1}', 'no json', '1e2', '{"a":1,"a":1}']) {
      const { entry } = encodeLeaf({ ...RECORD, value: Buffer.from(value) }, 5);
      expect(JSON.parse(entry.toString())).toMatchObject({ raw: Buffer.from(value).toString('base64') });
    }
  });

  it('refers to a blob where it would not fit into a bundle', () => {
    const large = { ...RECORD, value: Buffer.alloc(100_000, 1) };
    const { entry, blob } = encodeLeaf(large, 5);
    expect(decodeLeaf(entry)).toEqual({ offset: 7, previous: 5, blob: { sha256: sha256(blob ?? ''), size: blob?.length } });
    expect(decodeLeaf(blob ?? entry)).toEqual({ record: large, previous: 5 });
  });

  it('is not what anybody else would have written', () => {
    const text = encodeLeaf(RECORD, 5).entry.toString();
    const others = ['', '{}', '[]', text.replace('"v":1', '"v":2'), text.replace('"o":7', '"o":7.5'), text.replace('"o":7', '"o": 7'), text.replace('"a":1', '"a": 1'), text.replace('"a":1,', '"a":1,"A":1,'), text.replace('Mw==', 'Mw='), text.replace('"k":"acme/refunds"', '"k":7'), text.replace('{"e"', '{"d":1,"e"'), text.replace('"e":{"a":1,"b":["x"]}', '"e":'), '{"blob":{"sha256":7,"size":1},"o":1,"p":0,"v":1}', '{"blob":{"sha256":"a","size":1,"more":1},"o":1,"p":0,"v":1}'];
    for (const other of others) expect(() => decodeLeaf(Buffer.from(other))).toThrow('not a record');
  });
});
