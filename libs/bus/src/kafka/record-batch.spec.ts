import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewRecord } from '../broker.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter, varintSize } from './byte-writer.js';
import { crc32c } from './crc32c.js';
import { encodeBatch, sizeOfBatch } from './produce-request.js';
import { decodeBatches } from './record-batch.js';

const STATE = { producerId: 9_007_199_254_740_993n, producerEpoch: 3 };
const NOW = 1_700_000_000_000;
const [CODEC_AT, COUNT_AT, RECORDS_AT] = [22, 57, 61];

const record = (value: string | null, headers: NewRecord['headers'] = {}): NewRecord => ({ key: Buffer.from('acme/refunds'), value: value === null ? null : Buffer.from(value), headers });

/** As the broker keeps it: with the offset it gave. */
const stored = (batch: Buffer, base: number): Buffer => {
  const copy = Buffer.from(batch);
  copy.writeBigInt64BE(BigInt(base), 0);
  return copy;
};

const withAttributes = (batch: Buffer, attributes: number): Buffer => {
  const copy = Buffer.from(batch);
  copy.writeUInt8(attributes, CODEC_AT);
  return copy;
};

const packed = (batch: Buffer, codec: number, pack: (bytes: Buffer) => Buffer): Buffer => {
  const whole = Buffer.concat([batch.subarray(0, RECORDS_AT), pack(batch.subarray(RECORDS_AT))]);
  whole.writeInt32BE(whole.length - 12, 8);
  return withAttributes(whole, codec);
};

const decode = (bytes: Buffer, from = 0, aborted: Parameters<typeof decodeBatches>[4] = []): ReturnType<typeof decodeBatches> => decodeBatches('tasks', 1, bytes, from, aborted);
const values = (bytes: Buffer, from = 0, aborted: Parameters<typeof decodeBatches>[4] = []): (string | undefined)[] => decode(bytes, from, aborted).records.map(({ value }) => value?.toString());

describe('the checksum of a batch', () => {
  it('is CRC-32C with its published test vectors', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, at) => at)))).toBe(0x46dd794e);
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });
});

describe('numbers of seven bits a byte', () => {
  it('are read as they were written, in as many bytes as foretold', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), (value) => {
        const { written } = new ByteWriter().varint(value);
        expect(written).toHaveLength(varintSize(value));
        expect(new ByteReader(written, 0).varint()).toBe(value);
      }),
    );
  });

  it('are read where they have more than 32 bits', () => {
    // 2^40 and -2^40 - 1, zig-zag.
    expect(new ByteReader(Buffer.from('808080808040', 'hex'), 0).varint()).toBe(2 ** 40);
    expect(new ByteReader(Buffer.from('818080808040', 'hex'), 0).varint()).toBe(-(2 ** 40) - 1);
  });
});

describe('a record batch', () => {
  it('comes back as it was written', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const anyRecord = fc.record({
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.dictionary(fc.string({ maxLength: 20 }).filter((name) => name !== '__proto__'), bytes, { maxKeys: 4, noNullPrototype: true }),
    });
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), fc.integer({ min: 0, max: 2 ** 45 }), (records, base) => {
        const batch = encodeBatch(records, STATE, 7, NOW);
        const decoded = decode(stored(batch, base), base);
        expect(decoded.next).toBe(base + records.length);
        expect(decoded.records.map(({ key, value, headers, offset, timestamp }) => ({ key, value, headers: { ...headers }, offset, timestamp }))).toEqual(
          records.map(({ key, value, headers }, nth) => ({ key, value, headers, offset: base + nth, timestamp: NOW })),
        );
        expect(sizeOfBatch(records)).toBeGreaterThanOrEqual(batch.length - records.length * 20);
      }),
    );
  });

  it('is cut where reading begins in its middle, and left out where it lies before', () => {
    const bytes = Buffer.concat([stored(encodeBatch([record('a'), record('b')], STATE, 0, NOW), 10), stored(encodeBatch([record('c'), record('d')], STATE, 2, NOW), 12)]);
    expect(values(bytes, 11)).toEqual(['b', 'c', 'd']);
    expect(values(bytes, 13)).toEqual(['d']);
    expect(decode(bytes, 11).next).toBe(14);
  });

  it('is left for the next fetch where it is not complete', () => {
    const bytes = Buffer.concat([stored(encodeBatch([record('a')], STATE, 0, NOW), 0), stored(encodeBatch([record('b')], STATE, 1, NOW), 1)]);
    expect(decode(bytes.subarray(0, bytes.length - 1))).toMatchObject({ next: 1, records: [{ offset: 0 }] });
    expect(decode(bytes.subarray(0, 20))).toEqual({ next: 0, records: [] });
  });

  it('moves the position also where compaction left nothing of it', () => {
    const empty = stored(encodeBatch([record('a'), record('b')], STATE, 0, NOW), 5).subarray(0, RECORDS_AT);
    empty.writeInt32BE(RECORDS_AT - 12, 8);
    empty.writeInt32BE(0, COUNT_AT);
    expect(decode(empty, 5)).toEqual({ next: 7, records: [] });
  });

  it('has the time of the broker where the topic says so', () => {
    const batch = withAttributes(stored(encodeBatch([record('a')], STATE, 0, 1_000), 0), 0x08);
    batch.writeBigInt64BE(BigInt(NOW), 35);
    expect(decode(batch).records[0]?.timestamp).toBe(NOW);
  });

  it('is unpacked from gzip and zstd, and refused in formats that are not known', () => {
    const batch = stored(encodeBatch([record('a'), record('b')], STATE, 0, NOW), 0);
    expect(values(packed(batch, 1, gzipSync))).toEqual(['a', 'b']);
    expect(values(packed(batch, 4, zstdCompressSync))).toEqual(['a', 'b']);
    expect(() => decode(withAttributes(batch, 2))).toThrow(/snappy/);
    expect(() => decode(withAttributes(batch, 3))).toThrow(/lz4/);
  });

  it('is refused where it unpacks to more than anybody sends', () => {
    const bomb = packed(stored(encodeBatch([record('x'.repeat(33 * 1024 * 1024))], STATE, 0, NOW), 0), 1, gzipSync);
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => decode(bomb)).toThrow(/larger than/);
  });

  it('gives nothing of aborted transactions and no markers, and all of the others', () => {
    const marker = (type: number): Buffer => withAttributes(encodeBatch([{ key: Buffer.from([0, 0, 0, type]), value: Buffer.alloc(6), headers: {} }], STATE, 0, NOW), 0x30);
    const part = (value: string): Buffer => withAttributes(encodeBatch([record(value)], STATE, 0, NOW), 0x10);
    const bytes = Buffer.concat([
      stored(part('aborted'), 0),
      stored(encodeBatch([record('plain')], STATE, 0, NOW), 1),
      stored(marker(0), 2),
      stored(part('committed'), 3),
      stored(marker(1), 4),
    ]);
    const aborted = [{ producerId: String(STATE.producerId), firstOffset: 0 }];
    expect(values(bytes, 0, aborted)).toEqual(['plain', 'committed']);
    expect(decode(bytes, 0, aborted).next).toBe(5);
    expect(values(bytes)).toEqual(['aborted', 'plain', 'committed']);
  });

  it('may have a header of any name', () => {
    const batch = stored(encodeBatch([{ ...record('a'), headers: Object.fromEntries([['__proto__', 'x'], ['constructor', 'y']]) }], STATE, 0, NOW), 0);
    const headers = decode(batch).records[0]?.headers ?? {};
    expect(Object.keys(headers)).toEqual(['__proto__', 'constructor']);
    expect(headers['constructor']?.toString()).toBe('y');
  });

  it('fails where a length leads out of it', () => {
    const batch = stored(encodeBatch([record('a')], STATE, 0, NOW), 0);
    // The length of the key.
    batch.writeUInt8(0x7e, RECORDS_AT + 4);
    expect(() => decode(batch)).toThrow(RangeError);
  });
});
