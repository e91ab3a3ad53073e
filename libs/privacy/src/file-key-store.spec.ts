import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startVaultTransit, type VaultTransit } from '@countersign/testing/outside';
import { NO_KEYS, openKeyStore } from './open-key-store.js';

const ADA = { kind: 'subject', id: 'ada@example.com' } as const;
const RUN = { kind: 'run', id: 'run-AAAAAAAAAAAAAAAAAAAAAA' } as const;

let folder: string;
let vault: VaultTransit;
const inFiles = () => openKeyStore(pathToFileURL(folder).href);
const inVault = () => openKeyStore(`${pathToFileURL(folder).href}?vault=${vault.url}/transit&token=${folder}/token`);
const filesOf = (at = folder): string[] => readdirSync(at, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));

beforeAll(async () => {
  vault = await startVaultTransit();
});
afterAll(() => vault.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  writeFileSync(join(folder, 'token'), `${vault.token}\n`, { mode: 0o600 });
  for (const tenant of ['acme', 'globex']) vault.createKey(`countersign-${tenant}`);
});
afterEach(() => {
  vault.answer = undefined;
  rmSync(folder, { recursive: true });
});

describe.each([['in a folder', inFiles], ['in a folder, wrapped by Vault', inVault]] as const)('data keys %s', (_, open) => {
  it('are one for each owner, and the same for whoever opens the folder next', async () => {
    const first = await open().keyFor('acme', ADA, RUN.id);
    expect(first.secret).toHaveLength(32);
    expect(await open().keyFor('acme', ADA, RUN.id)).toEqual(first);
    expect(await open().get('acme', first.kid)).toEqual(first);
    const others = await Promise.all([open().keyFor('acme', RUN, RUN.id), open().keyFor('globex', ADA, RUN.id)]);
    expect(new Set([first, ...others].map(({ kid }) => kid)).size).toBe(3);
  });

  it('are made once where many ask for the same at the same time', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => open().keyFor('acme', ADA, RUN.id)));
    expect(new Set(keys.map(({ secret }) => Buffer.from(secret).toString('hex'))).size).toBe(1);
  });

  it('name nobody, and are their owner\'s alone to read', async () => {
    await open().keyFor('acme', ADA, RUN.id);
    for (const file of filesOf()) {
      expect(`${file} ${readFileSync(file, 'utf8')}`).not.toContain('ada');
      expect(statSync(file).mode & 0o077).toBe(0);
    }
  });

  it('are gone for good once they are destroyed, and a person gets another', async () => {
    const { kid, secret } = await open().keyFor('acme', ADA, RUN.id);
    const shredded = await open().shred('acme', kid);
    expect(shredded).toMatchObject({ kid, shreddedAt: expect.any(Number) });
    expect(await open().shred('acme', kid)).toEqual(shredded);
    await expect(open().get('acme', kid)).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
    const next = await open().keyFor('acme', ADA, RUN.id);
    expect(next.kid).not.toBe(kid);
    expect(next.secret).not.toEqual(secret);
    expect(await open().keysOf('acme', ADA)).toEqual([shredded, { kid: next.kid, tenant: 'acme', of: 'subject', createdAt: next.createdAt }]);
  });

  it('of a run never come back: what is sealed afterwards has the name of the one that was destroyed, and opens for nobody', async () => {
    const { kid, secret } = await open().keyFor('acme', RUN, RUN.id);
    const shredded = await open().shred('acme', kid);
    const keys = [await open().keyFor('acme', RUN, RUN.id), await open().keyFor('acme', RUN, RUN.id)];
    expect(keys).toMatchObject([shredded, shredded]);
    expect(new Set([secret, ...keys.map((each) => each.secret)].map((each) => Buffer.from(each).toString('hex'))).size).toBe(3);
    await expect(open().get('acme', kid)).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
    expect(await open().keysOf('acme', RUN)).toEqual([shredded]);
    for (const each of filesOf()) expect(readFileSync(each, 'utf8')).not.toContain('wrapped":');
  });

  it('leave nothing in the folder that unwraps to one that was destroyed', async () => {
    const { kid } = await open().keyFor('acme', ADA, RUN.id);
    const file = filesOf().find((each) => each.includes(kid)) ?? '';
    const { wrapped } = JSON.parse(readFileSync(file, 'utf8')) as { wrapped: string };
    await open().shred('acme', kid);
    for (const each of filesOf()) expect(readFileSync(each, 'utf8')).not.toContain(wrapped);
  });

  it('fit into a sector of a disk, whatever the tenant is called: overwriting one is whole or not at all', async () => {
    const { kid } = await open().keyFor('acme', { kind: 'subject', id: 'ada@example.com'.repeat(10) }, RUN.id);
    expect(statSync(filesOf().find((each) => each.endsWith(`${kid}.json`)) ?? '').size).toBeLessThanOrEqual(512 - (63 - 'acme'.length));
  });

  it('are listed by age, without what they are', async () => {
    await open().keyFor('acme', ADA, RUN.id);
    await open().keyFor('acme', RUN, RUN.id);
    expect((await open().list('acme')).keys.map(({ of }) => of).toSorted()).toEqual(['run', 'subject']);
    expect(JSON.stringify(await open().list('acme'))).not.toMatch(/secret|wrapped/);
    expect(await open().list('globex')).toEqual({ keys: [], damaged: [] });
  });

  it('are listed beside one whose file is damaged, which is named', async () => {
    const { kid } = await open().keyFor('acme', ADA, RUN.id);
    const { kid: other } = await open().keyFor('acme', RUN, RUN.id);
    writeFileSync(filesOf().find((each) => each.endsWith(`${kid}.json`)) ?? '', '{"v":1');
    expect(await open().list('acme')).toMatchObject({ keys: [{ kid: other }], damaged: [kid] });
  });

  it('are destroyed by many at once as by one, while others read them', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { kid } = await open().keyFor('acme', { kind: 'run', id: `run-${round}` }, RUN.id);
      await Promise.all([...Array.from({ length: 4 }, () => open().shred('acme', kid)), ...Array.from({ length: 4 }, () => open().runsOf('acme', kid))]);
      await expect(open().get('acme', kid)).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
    }
    expect((await open().list('acme')).damaged).toEqual([]);
    for (const each of filesOf()) expect(readFileSync(each, 'utf8')).not.toContain('wrapped":');
  });

  it('know in which runs something of a person was sealed, each once', async () => {
    const { kid } = await open().keyFor('acme', ADA, 'run-1');
    await open().keyFor('acme', ADA, 'run-2');
    await open().keyFor('acme', ADA, 'run-1');
    expect(await open().runsOf('acme', kid)).toEqual(['run-1', 'run-2']);
    await open().shred('acme', kid);
    expect(await open().runsOf('acme', kid)).toEqual(['run-1', 'run-2']);
    expect(await open().runsOf('acme', (await open().keyFor('acme', ADA, 'run-3')).kid)).toEqual(['run-3']);
  });

  it.each([['../../etc', 'x'.repeat(22)], ['acme', '../tenants/acme'], ['acme', 'x'.repeat(22)]])('are unknown under a name that is none: %s %s', async (tenant, kid) => {
    await open().keyFor('acme', ADA, RUN.id);
    await expect(open().get(tenant, kid)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(open().shred(tenant, kid)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  });

  it('are not taken from a file that is damaged, nor made anew beside it', async () => {
    const { kid } = await open().keyFor('acme', ADA, RUN.id);
    writeFileSync(filesOf().find((each) => each.includes(kid)) ?? '', '{"v":1');
    await expect(open().keyFor('acme', ADA, RUN.id)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
});

describe('a store whose process was ended half-way', () => {
  const open = inFiles;

  it('destroys what a shredding that was broken off has left, when it is asked once more', async () => {
    const { kid } = await open().keyFor('acme', ADA, RUN.id);
    const file = filesOf().find((each) => each.endsWith(`${kid}.json`)) ?? '';
    const old = readFileSync(file, 'utf8');
    writeFileSync(`${file}.left-by-a-kill`, old);
    await open().shred('acme', kid);
    writeFileSync(`${file}.left-by-another`, old);
    await open().shred('acme', kid);
    for (const each of filesOf()) expect(readFileSync(each, 'utf8')).not.toContain('wrapped');
    expect(filesOf().filter((each) => each.includes(`${kid}.json`))).toEqual([file]);
  });

  it('takes no part of a line for a run, nor glues the next one to it', async () => {
    const { kid } = await open().keyFor('acme', ADA, 'run-1');
    const custody = filesOf().find((each) => each.endsWith('.runs')) ?? '';
    writeFileSync(custody, `${readFileSync(custody, 'utf8')}\nrun-cut-o`);
    await open().keyFor('acme', ADA, 'run-2');
    expect(await open().runsOf('acme', kid)).toEqual(['run-1', 'run-cut-o', 'run-2']);
  });
});

describe('keys of tenants in files', () => {
  const open = inFiles;

  it('are not told by what is said of a tenant key that is damaged', async () => {
    await open().keyFor('acme', ADA, RUN.id);
    const file = join(folder, 'tenants', 'acme.json');
    const { secret } = JSON.parse(readFileSync(file, 'utf8')) as { readonly secret: string };
    writeFileSync(file, secret);
    const fault: unknown = await open().keyFor('acme', ADA, RUN.id).catch((found: unknown) => found);
    expect(fault).toMatchObject({ code: 'KEY_INVALID' });
    expect(inspect(fault)).not.toContain(secret.slice(0, 8));
  });

  it('makes no other key of a tenant whose own is lost', async () => {
    const { kid } = await open().keyFor('acme', ADA, RUN.id);
    rmSync(join(folder, 'tenants'), { recursive: true });
    await expect(open().keysOf('acme', ADA)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    await expect(open().get('acme', kid)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  it('are nowhere where no place is named', async () => {
    await expect(openKeyStore(undefined).keyFor('acme', ADA, RUN.id)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    expect(openKeyStore('')).toBe(NO_KEYS);
    expect(() => openKeyStore('https://keys.example')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('keys of tenants in Vault', () => {
  const open = inVault;

  it('never leave it, and it is told of no person', async () => {
    const { secret } = await open().keyFor('acme', ADA, RUN.id);
    expect(filesOf().filter((file) => file.includes('tenants'))).toEqual([]);
    for (const file of filesOf()) expect(readFileSync(file)).not.toContain(Buffer.from(secret));
    expect(vault.asked.join('\n')).not.toContain('ada');
  });

  it('may be rotated: what was made before is found and opened as before', async () => {
    const first = await open().keyFor('acme', ADA, RUN.id);
    vault.rotateKey('countersign-acme');
    expect(await open().keyFor('acme', ADA, RUN.id)).toEqual(first);
    expect(await open().get('acme', first.kid)).toEqual(first);
    await open().keyFor('acme', RUN, RUN.id);
    expect(filesOf().filter((file) => file.endsWith('.json')).map((file) => /vault:v\d/.exec(readFileSync(file, 'utf8'))?.[0])).toEqual(expect.arrayContaining(['vault:v1', 'vault:v2']));
  });

  it('open nothing that was moved from one tenant to another, though both have one key', async () => {
    vault.createKey('countersign-globex', 'countersign-acme');
    const { kid } = await open().keyFor('acme', ADA, RUN.id);
    await open().keyFor('globex', ADA, RUN.id);
    const moved = filesOf().find((file) => file.includes(kid)) ?? '';
    cpSync(moved, moved.replace('/acme/', '/globex/'));
    await expect(open().get('globex', kid)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  it('are made by nobody who may only use them', async () => {
    await expect(open().keyFor('initech', ADA, RUN.id)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  it.each([[403, 'permission denied'], [429, 'slow down'], [500, 'out of luck'], [503, 'Vault is sealed']])('may be had in a moment where it answers %i, and nothing that it says is repeated', async (status, why) => {
    vault.answer = () => ({ status, body: JSON.stringify({ errors: [why] }) });
    const fault: unknown = await open().keyFor('acme', ADA, RUN.id).catch((found: unknown) => found);
    expect(fault).toMatchObject({ code: 'KEY_UNAVAILABLE', retry: 'later', message: expect.stringContaining(String(status)) });
    expect(inspect(fault)).not.toContain(why);
    expect(inspect(fault)).not.toContain(vault.token);
  });

  it.each([['no JSON', 'oops'], ['no data', '{}'], ['no ciphertext', '{"data":{}}'], ['an array', '[]']])('are not taken from an answer with %s', async (_, body) => {
    vault.answer = () => ({ status: 200, body });
    await expect(open().keyFor('acme', ADA, RUN.id)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', retry: 'later' });
  });

  it('take another token as soon as it is there', async () => {
    const keys = open();
    writeFileSync(join(folder, 'token'), 'old');
    await expect(keys.keyFor('acme', ADA, RUN.id)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', retry: 'later' });
    writeFileSync(join(folder, 'token'), vault.token);
    expect(await keys.keyFor('acme', ADA, RUN.id)).toMatchObject({ of: 'subject' });
    rmSync(join(folder, 'token'));
    await expect(keys.keyFor('acme', ADA, RUN.id)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('no token') });
  });

  it.each([
    ['vault=http://vault.example/transit&token=/t', 'neither https nor on this machine'],
    ['vault=https://vault.example/transit', 'no `token`'],
    ['vault=https://vault.example/&token=/t', 'no transit engine'],
    ['vault=https://vault.example/../sys&token=/t&x=1', 'knows nothing of `x`'],
    ['vault=nowhere&token=/t', 'no URL'],
  ])('are not looked for at `%s`', (query, why) => {
    expect(() => openKeyStore(`file:///keys?${query}`)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) }));
  });
});
