const TWO_TO_32 = 2 ** 32;
const LOW_7_BITS = 0x7f;
const MORE = 0x80;

/** Reads Kafka's numbers and byte strings one behind the other. 64-bit numbers here are offsets and times: below 2^53. */
export class ByteReader {
  constructor(
    readonly buffer: Buffer,
    public at: number,
  ) {}

  skip(bytes: number): undefined {
    this.at += bytes;
  }

  int16(): number {
    const value = this.buffer.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.buffer.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  int64(): number {
    const value = this.buffer.readInt32BE(this.at) * TWO_TO_32 + this.buffer.readUInt32BE(this.at + 4);
    this.at += 8;
    return value;
  }

  /** A 64-bit number that is only compared. */
  text64(): string {
    const value = this.buffer.readBigInt64BE(this.at).toString();
    this.at += 8;
    return value;
  }

  string(): string {
    const length = this.int16();
    const value = this.buffer.toString('utf8', this.at, this.at + length);
    this.at += length;
    return value;
  }

  /** A zig-zag number of up to 64 bits, 7 bits a byte. */
  varint(): number {
    const { buffer } = this;
    let byte = buffer.readUInt8(this.at);
    this.at += 1;
    // Most are one byte: deltas, and lengths below 64.
    if (byte < MORE) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & LOW_7_BITS;
    let scale = 1;
    do {
      byte = buffer.readUInt8(this.at);
      this.at += 1;
      scale *= 128;
      value += (byte & LOW_7_BITS) * scale;
    } while (byte >= MORE);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Bytes behind their length; `null` where the length is -1. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const value = this.buffer.subarray(this.at, this.at + length);
    if (value.length < length) throw new RangeError('a record is longer than its batch');
    this.at += length;
    return value;
  }
}
