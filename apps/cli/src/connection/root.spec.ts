import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey, rawPublicKeyOf } from '@countersign/identity';
import { contextIn } from '../spec-support/context.spec-support.js';
import { findRoot } from './root.js';

const ADA = { subject: 'spiffe://countersign.local/human/ada', publicKey: rawPublicKeyOf(generateKey()), roles: ['admin'] };

describe('the root file of whoever only checks', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'root-'));
    mkdirSync(join(folder, 'stack'));
    writeFileSync(join(folder, 'root.json'), JSON.stringify({ people: [ADA] }));
    writeFileSync(join(folder, 'broken.json'), '{');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const named = (name: string) => contextIn(folder, { env: { COUNTERSIGN_ROOT_FILE: join(folder, name) } }).context;

  it('is none where nobody has named one, and that of the stack where it is there', () => {
    expect(findRoot(contextIn(folder).context)).toBeUndefined();
    expect(findRoot(named('root.json'))?.people).toMatchObject([{ subject: ADA.subject }]);
  });

  it('is a fault with a code where it is named and cannot be read, and never a way to check less', () => {
    for (const name of ['broken.json', 'nowhere.json']) expect(() => findRoot(named(name))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    writeFileSync(join(folder, 'stack', 'client.json'), JSON.stringify({ schema: 1, rootFile: '../broken.json' }));
    expect(() => findRoot(contextIn(join(folder, 'stack')).context)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  });
});
