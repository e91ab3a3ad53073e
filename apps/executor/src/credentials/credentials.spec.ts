import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolContract } from '@countersign/domain';
import { json, startServer, type LocalServer } from '@countersign/testing/outside';
import { takeVariables } from '../executor.config.js';
import type { CredentialSource } from './credential.js';
import { errandOf, granted, pinned, soon, TOOL, toolsWith, type Setting } from './granted.spec-support.js';

const STANDING: ToolContract = { ...TOOL, longLivedCredential: true };

describe('a credential that is there', () => {
  let folder: string;
  let server: LocalServer;
  let seen: (string | undefined)[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'credentials-'));
    seen = [];
    server = await startServer(({ headers }) => {
      seen.push(headers.authorization);
      return Promise.resolve(json(201, { id: 'done' }));
    });
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const call = async (source: CredentialSource, more: Partial<Setting> = {}, tool = STANDING) => toolsWith({ url: server.url, source, ...more }).call(pinned(tool), errandOf(await granted()), soon());
  const file = (): CredentialSource => ({ provider: 'file', path: path.join(folder, '{tenant}', '{tool}.token') });
  const write = (text: string): string => {
    mkdirSync(path.join(folder, 'acme'), { recursive: true });
    const target = path.join(folder, 'acme', 'payments.refund.token');
    writeFileSync(target, text, { mode: 0o600 });
    return target;
  };

  it('is read from the file of the tenant and tool, anew for each action', async () => {
    write('first\n');
    await call(file());
    write('second');
    await call(file());
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });

  it('is not read from a file that others can read, or that is not there or holds none', async () => {
    expect(await call(file())).toMatchObject({ kind: 'not-sent', code: 'credential.file-unreadable', final: false });
    chmodSync(write('first'), 0o604);
    expect(await call(file())).toMatchObject({ kind: 'not-sent', code: 'credential.file-open', final: true });
    chmodSync(write('two\nlines'), 0o600);
    expect(await call(file())).toMatchObject({ kind: 'not-sent', code: 'credential.empty', final: true });
    expect(seen).toEqual([]);
  });

  it('is taken from a variable that the executor was allowed to take, and from no other', async () => {
    const env = { LEDGER_TOKEN_ACME: 'of-acme', PATH: '/bin' };
    const variables = takeVariables(['LEDGER_TOKEN_ACME', 'LEDGER_TOKEN_GLOBEX'], env);
    expect(env).toEqual({ PATH: '/bin' });
    await call({ provider: 'environment', name: 'LEDGER_TOKEN_{tenant}' }, { variables });
    expect(seen).toEqual(['Bearer of-acme']);
    expect(await call({ provider: 'environment', name: 'PATH' }, { variables })).toMatchObject({ kind: 'not-sent', code: 'credential.variable-missing', final: true });
  });

  it('is used only for a tool whose contract says that it may outlive the grant', async () => {
    write('first');
    const sources: readonly CredentialSource[] = [file(), { provider: 'environment', name: 'LEDGER' }, { provider: 'fixed', token: 'fixed' }];
    for (const source of sources) expect(await call(source, { variables: new Map([['LEDGER', 'x']]) }, TOOL)).toMatchObject({ kind: 'not-sent', code: 'credential.long-lived', final: true });
    expect(seen).toEqual([]);
    await call({ provider: 'fixed', token: 'fixed' });
    expect(seen).toEqual(['Bearer fixed']);
  });

  it('is not used in a sandbox, where only what needs none is reached', async () => {
    write('first');
    expect(await call(file(), { namespace: 'sbx-7' })).toMatchObject({ kind: 'not-sent', code: 'credential.sandbox', final: true });
    expect(seen).toEqual([]);
    expect(await toolsWith({ url: server.url, namespace: 'sbx-7' }).call(pinned(TOOL), errandOf(await granted()), soon())).toMatchObject({ kind: 'answered', status: 201 });
    expect(seen).toEqual([undefined]);
  });

  it('is not looked up once the attempt is over', async () => {
    write('first');
    const outcome = await toolsWith({ url: server.url, source: file() }).call(pinned(STANDING), errandOf(await granted()), AbortSignal.abort());
    expect(outcome).toMatchObject({ kind: 'not-sent', code: 'credential.timeout', final: false });
  });
});
