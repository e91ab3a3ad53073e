import { malformed } from './fault.js';

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Standard base64 with its padding, in its one spelling: Node takes anything. Throws `malformed`. */
export const fromBase64 = (text: string, what: string): Buffer => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw malformed(`${what} is not base64`);
  return bytes;
};

/** A decimal without leading zeros that a number holds exactly. Throws `malformed`. */
export const fromDecimal = (text: string, what: string): number => {
  const value = Number(text);
  if (!/^(0|[1-9]\d*)$/.test(text) || !Number.isSafeInteger(value)) throw malformed(`${what} is not a decimal number`);
  return value;
};
