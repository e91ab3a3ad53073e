import { describe, expect, it } from 'vitest';
import { readGroupMetadata } from './group-metadata.ts';

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);
const bytes = (length: number): Buffer => Buffer.concat([int32(length), Buffer.alloc(length, 7)]);

const KEY = Buffer.concat([int16(2), text('countersign.planner')]);

/** As Kafka 2.3 and newer write it (version 3). */
const member = (client: string): Buffer =>
  Buffer.concat([text(`${client}-id`), int16(-1), text(client), text('/127.0.0.1'), int32(60_000), int32(5_000), bytes(20), bytes(11)]);
const valueOf = (version: number, generation: number, clients: readonly string[]): Buffer =>
  Buffer.concat([int16(version), text('consumer'), int32(generation), text('sticky'), text('leader'), Buffer.alloc(8), int32(clients.length), ...clients.map(member)]);

describe('the group metadata of Kafka', () => {
  it('tell the generation and who is in it', () => {
    expect(readGroupMetadata(KEY, valueOf(3, 7, ['planner-1-a', 'planner-2-b']))).toEqual({ group: 'countersign.planner', generation: 7, clients: ['planner-1-a', 'planner-2-b'] });
  });

  it('are told from committed offsets and from groups that are gone', () => {
    expect(readGroupMetadata(Buffer.concat([int16(1), text('countersign.planner'), text('topic'), int32(0)]), Buffer.alloc(20))).toBeUndefined();
    expect(readGroupMetadata(KEY, null)).toBeUndefined();
  });

  it('are refused in a version that nobody here can read', () => {
    expect(() => readGroupMetadata(KEY, valueOf(4, 7, []))).toThrow('version 4');
  });
});
