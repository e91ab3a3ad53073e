import { compactVerify, FlattenedSign } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey, keyIdOf, publicKeyOf, rawPublicKeyOf } from './keys.js';
import { parseJws, signAsPerson } from './jws.js';

const privateKey = generateKey();
const publicKey = publicKeyOf(rawPublicKeyOf(privateKey));
const key = keyIdOf(rawPublicKeyOf(privateKey));
const bytes = Buffer.from('{"choice":"approve"}');
const signed = signAsPerson(bytes, privateKey, key);
const payload = bytes.toString('base64url');

const withHeader = async (header: object): Promise<string> => {
  const { protected: head, signature } = await new FlattenedSign(bytes).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(privateKey);
  return `${head}..${signature}`;
};

describe('detached jws', () => {
  it('is one that jose verifies', async () => {
    await expect(compactVerify(signed.replace('..', `.${payload}.`), publicKey)).resolves.toMatchObject({ protectedHeader: { alg: 'EdDSA', kid: key } });
  });

  it('is read when jose made it', async () => {
    const jws = parseJws(await withHeader({ kid: key }));
    expect(jws?.key).toBe(key);
    expect(jws?.covers(bytes, publicKey)).toBe(true);
  });

  it('covers no other bytes, and with no other key', () => {
    expect(parseJws(signed)?.covers(Buffer.from('{"choice":"deny"}'), publicKey)).toBe(false);
    expect(parseJws(signed)?.covers(bytes, publicKeyOf(rawPublicKeyOf(generateKey())))).toBe(false);
  });

  it.each([
    ['a header with more in it', { kid: key, typ: 'JWT' }],
    ['an unencoded payload', { kid: key, b64: false, crit: ['b64'] }],
    ['no key id', {}],
  ])('refuses %s', async (_, header) => {
    expect(parseJws(await withHeader(header))).toBeUndefined();
  });

  it.each([
    ['no text', ''],
    ['an attached payload', signed.replace('..', `.${payload}.`)],
    ['no algorithm', signed.replace(/^[^.]+/, Buffer.from(`{"alg":"none","kid":"${key}"}`).toString('base64url'))],
    ['a short signature', signed.slice(0, -1)],
    ['another spelling of the same signature', signed.slice(0, -1) + String.fromCharCode(signed.charCodeAt(signed.length - 1) + 1)],
    ['padding', `${signed}=`],
  ])('refuses %s', (_, text) => {
    expect(parseJws(text)).toBeUndefined();
  });
});
