import { malformed } from './fault.js';
import { TILE_WIDTH } from './layout.js';

/** An entry's length is written in two bytes. */
export const MAX_ENTRY_BYTES = 65_535;

/** Entries as a bundle has them: each behind its length, a big-endian uint16. Throws `malformed` for one that is too long. */
export const encodeBundle = (entries: readonly Uint8Array[]): Buffer => {
  const bundle = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + 2 + length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw malformed(`an entry of ${entry.length} bytes is longer than ${MAX_ENTRY_BYTES}`);
    at = bundle.writeUInt16BE(entry.length, at);
    bundle.set(entry, at);
    at += entry.length;
  }
  return bundle;
};

/** The entries of a bundle: views of it. Throws `malformed` where their number is not `width`, or bytes are left. */
export const decodeBundle = (bundle: Uint8Array, width: number): readonly Buffer[] => {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 2 <= bytes.length ? at + 2 + bytes.readUInt16BE(at) : Infinity;
    if (end > bytes.length || entries.length === TILE_WIDTH) throw malformed('a bundle does not end where its entries end');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width) throw malformed(`a bundle has ${entries.length} entries instead of ${width}`);
  return entries;
};
