import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SAMPLE_PUBLIC_KEY } from '@countersign/contracts/classes';
import { generateKey, keyIdOf, publicKeyOf, rawPublicKeyOf } from './keys.js';

/** The first test key of RFC 8032. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const privateKey = createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'), format: 'der', type: 'pkcs8' });

describe('keys', () => {
  it('have the public half and the id that follow from the private half', () => {
    expect(rawPublicKeyOf(privateKey)).toBe(SAMPLE_PUBLIC_KEY);
    expect(keyIdOf(SAMPLE_PUBLIC_KEY)).toBe('21fe31dfa154a261');
    expect(rawPublicKeyOf(publicKeyOf(SAMPLE_PUBLIC_KEY))).toBe(SAMPLE_PUBLIC_KEY);
  });

  it('are the same object for the same text, so that what was verified is remembered', () => {
    expect(publicKeyOf(SAMPLE_PUBLIC_KEY)).toBe(publicKeyOf(rawPublicKeyOf(privateKey)));
    expect(publicKeyOf(rawPublicKeyOf(generateKey()))).not.toBe(publicKeyOf(SAMPLE_PUBLIC_KEY));
  });

  it.each([
    ['too short', SAMPLE_PUBLIC_KEY.slice(1)],
    ['of another alphabet', SAMPLE_PUBLIC_KEY.replaceAll('_', '/')],
    ['padded', `${SAMPLE_PUBLIC_KEY}=`],
    ['another spelling of the same bytes', `${SAMPLE_PUBLIC_KEY.slice(0, -1)}p`],
  ])('are refused when they are %s', (_, text) => {
    expect(() => publicKeyOf(text)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });

  it('are Ed25519 keys and no others', () => {
    expect(() => rawPublicKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});
