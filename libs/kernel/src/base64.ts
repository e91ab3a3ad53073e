/** Bytes as base64, for places that hold text only. */
export const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Bytes of base64 or base64url; what is neither is left out. */
export const bytesOfBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64');
