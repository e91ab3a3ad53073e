const TWO_TO_32 = 2 ** 32;
const LOW_7_BITS = 0x7f;
const MORE = 0x80;
const FIRST_SIZE = 1024;

/** Bytes that a zig-zag number takes; `value` is a length or a delta, below 2^31. */
export const varintSize = (value: number): number => {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  while (rest >= MORE) {
    rest >>>= 7;
    size += 1;
  }
  return size;
};

/** Writes Kafka's numbers and byte strings one behind the other, into a buffer that grows. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  /** What was written; valid until more is written. */
  get written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  int8(value: number): this {
    this.#at = this.#room(1).writeInt8(value, this.#at);
    return this;
  }

  int16(value: number): this {
    this.#at = this.#room(2).writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#at = this.#room(4).writeInt32BE(value, this.#at);
    return this;
  }

  uint32At(at: number, value: number): this {
    this.#buffer.writeUInt32BE(value, at);
    return this;
  }

  int32At(at: number, value: number): this {
    this.#buffer.writeInt32BE(value, at);
    return this;
  }

  int64(value: number): this {
    const buffer = this.#room(8);
    buffer.writeInt32BE(Math.floor(value / TWO_TO_32), this.#at);
    this.#at = buffer.writeUInt32BE(value >>> 0, this.#at + 4);
    return this;
  }

  bigint64(value: bigint): this {
    this.#at = this.#room(8).writeBigInt64BE(value, this.#at);
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    this.int16(length);
    this.#at += this.#room(length).write(value, this.#at);
    return this;
  }

  varint(value: number): this {
    const buffer = this.#room(5);
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest >= MORE) {
      buffer[this.#at++] = (rest & LOW_7_BITS) | MORE;
      rest >>>= 7;
    }
    buffer[this.#at++] = rest;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#room(value.length).set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** Bytes behind their length, -1 for `null`. */
  varbytes(value: Uint8Array | null): this {
    return value === null ? this.varint(-1) : this.varint(value.length).bytes(value);
  }

  #room(bytes: number): Buffer {
    const needed = this.#at + bytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#at);
      this.#buffer = grown;
    }
    return this.#buffer;
  }
}
