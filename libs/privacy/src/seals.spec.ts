import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compactDecrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, isSealed, jweOf, readableOf, sealedText, sealOf, type JsonObject } from '@countersign/kernel';
import type { KeyStore } from './data-key.js';
import { openKeyStore } from './open-key-store.js';
import { Seals } from './seals.js';

const PLACE = { tenant: 'acme', run: 'run-AAAAAAAAAAAAAAAAAAAAAA' };
const ADA = { kind: 'subject', id: 'customer-7' } as const;
const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    charge: { type: 'string' },
    to: { type: 'string', 'x-class': 'personal' },
    pin: { $ref: '#/$defs/pin' },
    people: { type: 'array', items: { type: 'object', properties: { name: { type: 'string', 'x-class': 'personal' }, age: { type: 'integer' } } } },
    note: { anyOf: [{ type: 'null' }, { type: 'string', 'x-class': 'personal' }] },
  },
  $defs: { pin: { type: 'integer', 'x-class': 'secret' } },
};
const VALUE: JsonObject = { charge: 'ch_1', to: 'ada@example.com', pin: 4711, people: [{ name: 'Ada', age: 36 }], note: null };

let folder: string;
let keys: KeyStore;
let seals: Seals;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-seals-'));
  keys = openKeyStore(pathToFileURL(folder).href);
  seals = new Seals(keys);
});
afterAll(() => rmSync(folder, { recursive: true }));

const sealed = async (value: JsonObject = VALUE): Promise<JsonObject> => (await seals.sealer(PLACE, ADA)).sealAll(SCHEMA, value);

const sealedTo = async (): Promise<string> => {
  const { to } = await sealed();
  return typeof to === 'string' ? to : '';
};

describe('a value whose schema marks what is personal or secret', () => {
  it('is sealed there and nowhere else, and opens to what it was', async () => {
    const result = await sealed();
    expect(JSON.stringify(result)).not.toMatch(/ada|Ada|4711/);
    expect(result).toMatchObject({ charge: 'ch_1', people: [{ age: 36 }], note: null });
    expect([result['to'], result['pin']].every(isSealed)).toBe(true);
    expect(sealOf(result['pin'])).toMatchObject({ ...PLACE, class: 'secret', commitment: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await seals.openAll(SCHEMA, result, 'acme')).toEqual(VALUE);
  });

  it('is not sealed twice, and each time otherwise', async () => {
    const once = await sealed();
    expect(await sealed(once)).toEqual(once);
    expect(sealOf((await sealed())['to'])?.commitment).not.toBe(sealOf(once['to'])?.commitment);
  });

  it('stays the same object where nothing is marked', async () => {
    const sealer = await seals.sealer(PLACE, ADA);
    expect(await sealer.sealAll({ type: 'object' }, VALUE)).toBe(VALUE);
  });

  it('is a JWE that any library opens, with a commitment that anybody can check who is given the salt', async () => {
    const to = await sealedTo();
    const seal = sealOf(to);
    const { plaintext } = await compactDecrypt(jweOf(to), (await keys.get('acme', seal?.kid ?? '')).secret);
    const { salt, value } = JSON.parse(Buffer.from(plaintext).toString()) as { salt: string; value: string };
    expect(createHash('sha256').update(Buffer.from(salt, 'base64url')).update(canonicalJson(value)).digest('base64url')).toBe(seal?.commitment);
  });

  it('opens nothing that only looks sealed at a place that is not marked', async () => {
    const to = await sealedTo();
    expect(await seals.openAll(SCHEMA, { charge: to }, 'acme')).toEqual({ charge: to });
  });

  it('is shown to people by its class and key', async () => {
    const to = await sealedTo();
    expect(readableOf({ to, n: 1 })).toEqual({ to: `[sealed: personal, key ${sealOf(to)?.kid.slice(0, 6)}]`, n: 1 });
  });
});

describe('a sealed value', () => {
  const changed = (text: string, part: number, change: (part: string) => string): string => sealedText(jweOf(text).split('.').map((each, index) => (index === part ? change(each) : each)).join('.'));
  const headerOf = (change: (header: JsonObject) => JsonObject) => (part: string): string => Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject))).toString('base64url');

  it.each([
    ['a byte of its ciphertext', 3, (part: string) => `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`],
    ['its commitment', 0, headerOf((header) => ({ ...header, commitment: 'A'.repeat(43) }))],
    ['its run', 0, headerOf((header) => ({ ...header, run: 'run-BBBBBBBBBBBBBBBBBBBBBB' }))],
    ['its class', 0, headerOf((header) => ({ ...header, class: 'secret' }))],
  ])('does not open after somebody has changed %s', async (_, part, change) => {
    const to = await sealedTo();
    const forged = changed(to, part, change);
    expect(forged).not.toBe(to);
    await expect(seals.open(forged, 'acme')).rejects.toMatchObject({ code: 'SEAL_INVALID' });
  });

  it('does not open for another tenant, whatever its header says', async () => {
    const to = await sealedTo();
    await expect(seals.open(to, 'globex')).rejects.toMatchObject({ code: 'SEAL_INVALID' });
    await expect(seals.open(changed(to, 0, headerOf((header) => ({ ...header, tenant: 'globex' }))), 'globex')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  });

  it('does not open after its key was destroyed, and says so', async () => {
    const grace = { kind: 'subject', id: 'customer-8' } as const;
    const text = await (await seals.sealer(PLACE, grace)).seal('grace@example.com', 'personal');
    await keys.shred('acme', sealOf(text)?.kid ?? '');
    await expect(seals.open(text, 'acme')).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
  });

  it('of a run whose key was destroyed before has a header as ever, and opens for nobody, whoever kept the key', async () => {
    const place = { tenant: 'acme', run: 'run-CCCCCCCCCCCCCCCCCCCCCC' };
    const owner = { kind: 'run', id: place.run } as const;
    const { kid, secret } = await keys.keyFor('acme', owner, place.run);
    await keys.shred('acme', kid);
    const { to } = await seals.sealAll(SCHEMA, { to: 'ada@example.com' }, place, owner);
    expect(sealOf(to)).toMatchObject({ ...place, kid, class: 'personal', commitment: expect.stringMatching(/^[\w-]{43}$/) });
    const text = typeof to === 'string' ? to : '';
    await expect(seals.open(text, 'acme')).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
    await expect(compactDecrypt(jweOf(text), secret)).rejects.toThrow('decryption');
  });

  it.each(['sealed:', 'sealed:e30..AA.AA.AA', 'sealed:not a token', 'ada@example.com'])('is nothing that only begins like one: %s', async (text) => {
    expect(sealOf(text)).toBeUndefined();
    await expect(seals.open(text, 'acme')).rejects.toMatchObject({ code: 'SEAL_INVALID' });
  });

  it('tells nothing of the value in what is said when it cannot be opened', async () => {
    const to = await sealedTo();
    const fault = await seals.open(changed(to, 4, () => 'AAAAAAAAAAAAAAAAAAAAAA'), 'acme').catch((error: unknown) => error);
    expect(String((fault as Error).stack)).not.toMatch(/ada/);
  });
});
