import { compactDecrypt, compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { actionAllowedV1 } from '@countersign/contracts/classes';
import type { Instant } from '@countersign/kernel';
import { encryptionKeyOf, rawEncryptionKeyOf } from './encryption-key.js';
import { claimsOf, openGrantToken, sealGrantToken, type GrantData } from './grant-token.js';
import { generateKey, keyIdOf, publicKeyOf, rawPublicKeyOf } from './keys.js';

const POLICY = generateKey();
const PUBLIC = publicKeyOf(rawPublicKeyOf(POLICY));
const EXECUTOR = generateKey();
const OTHER = generateKey();
const DATA: GrantData = Object.assign({}, actionAllowedV1.sample, { cnf: keyIdOf(rawPublicKeyOf(EXECUTOR)) });
const NOW = (DATA.iat * 1_000) as Instant;

const seal = (grant = DATA, signingKey = POLICY, to = EXECUTOR): Promise<string> => sealGrantToken(grant, { signingKey, encryptionKey: rawEncryptionKeyOf(to) });
const open = async (credential: string | undefined, now = NOW, signingKey = EXECUTOR) => openGrantToken({ ...DATA, ...(credential !== undefined && { credential }) }, { signingKey, now, policyKey: (id) => (id === keyIdOf(rawPublicKeyOf(POLICY)) ? PUBLIC : undefined) });

describe('the token of a grant', () => {
  it('says what the grant says, in a JWT of policy that only the executor can read', async () => {
    const opened = await open(await seal());
    if (!opened.ok) throw new Error(opened.code);
    const { payload, protectedHeader } = await compactVerify(opened.token, PUBLIC);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: keyIdOf(rawPublicKeyOf(POLICY)), typ: 'JWT' });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(claimsOf(DATA));
    const { action, actionHash, sub, act, jti, cnf } = DATA;
    expect(claimsOf(DATA)).toMatchObject({ iss: 'spiffe://countersign.local/service/policy', aud: ['spiffe://countersign.local/service/executor', action.destination], sub, act: { sub: act }, jti, cnf: { kid: cnf }, action_hash: actionHash, tenant: 'acme', tool: 'payments.refund', exp: DATA.exp });
    await expect(compactDecrypt(await seal(), encryptionKeyOf(OTHER))).rejects.toThrow('decryption operation failed');
  });

  it('shows nothing of itself to who reads the log', async () => {
    const [header = '', ...rest] = (await seal()).split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: DATA.cnf, cty: 'JWT' });
    expect(rest.map((part) => Buffer.from(part, 'base64url').toString('latin1')).join('')).not.toContain('payments');
    expect(await seal()).not.toBe(await seal());
  });

  it('finds room in its event with the longest names there are', async () => {
    const long = 'x'.repeat(63);
    const grant = { ...DATA, sub: `spiffe://${'d'.repeat(253)}/human/${long}`, act: `spiffe://${'d'.repeat(253)}/tenant/${long}/workflow/${long}/agent/${long}`, action: Object.assign({}, DATA.action, { tenant: long, workflow: long, step: long, tool: 't'.repeat(120), destination: long }) } as unknown as GrantData;
    expect((await seal(grant)).length).toBeLessThan(6_000);
  });

  it.each<readonly [string, () => Promise<string | undefined>, string]>([
    ['is not there', () => Promise.resolve(undefined), 'token.missing'],
    ['is of another grant', () => seal({ ...DATA, jti: 'another' }), 'token.differs'],
    ['lives longer', () => seal({ ...DATA, exp: DATA.exp + 1 }), 'token.differs'],
    ['has run out', () => seal({ ...DATA, exp: DATA.iat }), 'token.expired'],
    ['is signed by somebody else', () => seal(DATA, OTHER), 'token.unreadable'],
    ['is for somebody else', () => seal(DATA, POLICY, OTHER), 'token.unreadable'],
    ['is no token', () => Promise.resolve('a..b.c.d'), 'token.unreadable'],
  ])('counts for nothing where it %s', async (_, made, code) => {
    expect(await open(await made())).toMatchObject({ ok: false, code });
  });

  it('counts for nothing once it has run out', async () => {
    expect(await open(await seal(), (DATA.exp * 1_000) as Instant)).toMatchObject({ ok: false, code: 'token.expired' });
  });
});

describe('the key to encrypt to', () => {
  it('follows from the signing key and is another one', () => {
    expect(rawEncryptionKeyOf(EXECUTOR)).toBe(rawEncryptionKeyOf(EXECUTOR));
    expect(new Set([rawEncryptionKeyOf(EXECUTOR), rawPublicKeyOf(EXECUTOR), rawEncryptionKeyOf(OTHER)]).size).toBe(3);
    expect(encryptionKeyOf(EXECUTOR).asymmetricKeyType).toBe('x25519');
  });
});
