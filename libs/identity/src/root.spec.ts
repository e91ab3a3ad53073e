import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateKey, rawPublicKeyOf } from './keys.js';
import { loadRoot, parseRoot } from './root.js';

const KEY = rawPublicKeyOf(generateKey());
const ada = { subject: 'spiffe://countersign.local/human/ada', publicKey: KEY, roles: ['admin', 'operator'] };
const bob = { ...ada, subject: 'spiffe://countersign.local/human/bob', publicKey: rawPublicKeyOf(generateKey()), roles: ['admin'] };
const invalid = (message: string) => expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });

describe('the root file', () => {
  it('says who may change the rules, and how many it takes', () => {
    expect(parseRoot(JSON.stringify({ people: [ada, bob], quorum: { admin: 2 } }))).toEqual({ people: [ada, bob], quorum: { admin: 2, operator: 1 } });
  });

  it('lets no admin widen anything alone where there is another one, unless it says otherwise', () => {
    expect(parseRoot(JSON.stringify({ people: [ada] })).quorum).toEqual({ admin: 1, operator: 1 });
    expect(parseRoot(JSON.stringify({ people: [ada, bob] })).quorum).toEqual({ admin: 2, operator: 1 });
    expect(parseRoot(JSON.stringify({ people: [ada, bob], quorum: { admin: 1 } })).quorum).toEqual({ admin: 1, operator: 1 });
  });

  it('may say which scopes an operator may stop', () => {
    const may = { kill: ['tenant:acme', 'tool:payments.refund'], mode: [] };
    expect(parseRoot(JSON.stringify({ people: [{ ...ada, may }] })).people).toMatchObject([{ may: { kill: [{ scope: 'tenant', value: 'acme' }, { scope: 'tool', value: 'payments.refund' }], mode: [] } }]);
  });

  it.each([
    ['no scope', { kill: ['acme'] }, '`/people/0/may/kill/0`'],
    ['a scope without its colon', { kill: ['tenants'] }, '`/people/0/may/kill/0`'],
    ['a scope of too many names', { kill: ['tenant:acme/refund-desk'] }, '`/people/0/may/kill/0`'],
    ['no list', { mode: 'all' }, '`/people/0/may/mode`'],
    ['another switch', { lights: [] }, '`/people/0/may/lights`'],
    ['no object', [], '`/people/0/may`'],
  ])('is refused where what somebody may stop is %s', (_, may, place) => {
    expect(() => parseRoot(JSON.stringify({ people: [{ ...ada, may }] }))).toThrow(invalid(place));
  });

  it('knows people of its own trust domain', () => {
    const text = JSON.stringify({ people: [{ ...ada, subject: 'spiffe://example.org/human/ada' }] });
    expect(parseRoot(text, 'example.org').people).toHaveLength(1);
    expect(() => parseRoot(text)).toThrow(invalid('`/people/0/subject`'));
  });

  it.each<[string, string, unknown]>([
    ['a list', '``', []],
    ['nobody', '`/people`', { people: [] }],
    ['no people', '`/people`', {}],
    ['a key that is not known', '`/persons` is not known', { people: [ada], persons: [] }],
    ['a person who is a text', '`/people/0`', { people: ['ada'] }],
    ['a field that is not known', '`/people/0/name` is not known', { people: [{ ...ada, name: 'Ada' }] }],
    ['a subject that is a service', '`/people/0/subject`', { people: [{ ...ada, subject: 'spiffe://countersign.local/service/policy' }] }],
    ['no key', '`/people/0/publicKey`', { people: [{ ...ada, publicKey: undefined }] }],
    ['a broken key', '`/people/0/publicKey`', { people: [{ ...ada, publicKey: 'AAAA' }] }],
    ['no roles', '`/people/0/roles`', { people: [{ ...ada, roles: [] }] }],
    ['an unknown role', '`/people/0/roles/1`', { people: [{ ...ada, roles: ['admin', 'root'] }] }],
    ['one person twice', '`/people/1`', { people: [ada, { ...bob, subject: ada.subject }] }],
    ['one key twice', '`/people/1`', { people: [ada, { ...bob, publicKey: KEY }] }],
    ['a quorum of nobody', '`/quorum/admin`', { people: [ada], quorum: { admin: 0 } }],
    ['a quorum of half a person', '`/quorum/admin`', { people: [ada], quorum: { admin: 1.5 } }],
    ['a quorum that nobody can meet', '`/quorum/admin` is 2, and 1 have the role', { people: [ada], quorum: { admin: 2 } }],
    ['a quorum of an unknown role', '`/quorum/root` is not known', { people: [ada], quorum: { root: 1 } }],
    ['a quorum that is a list', '`/quorum`', { people: [ada], quorum: [] }],
  ])('is refused with %s, and says where', (_, message, value) => {
    expect(() => parseRoot(JSON.stringify(value))).toThrow(invalid(message));
  });

  it('is refused when it is no JSON, or cannot be read', () => {
    expect(() => parseRoot('{')).toThrow(invalid('no JSON'));
    expect(() => loadRoot(path.join(tmpdir(), 'nowhere', 'root.json'))).toThrow(invalid('cannot be read'));
  });

  it('is read from its path', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'root-'));
    writeFileSync(path.join(folder, 'root.json'), JSON.stringify({ people: [ada] }));
    expect(loadRoot(path.join(folder, 'root.json')).people).toEqual([ada]);
    rmSync(folder, { recursive: true });
  });
});
