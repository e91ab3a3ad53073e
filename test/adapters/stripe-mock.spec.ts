import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildStripeMock } from './stripe-mock.js';

/** What a command of Go that failed throws. */
const failed = (more: object): Error => Object.assign(new Error('Command failed: go'), more);

describe('Stripe\'s stand-in', () => {
  const cache = mkdtempSync(join(tmpdir(), 'stripe-mock-'));
  afterAll(() => rmSync(cache, { recursive: true }));
  /** A Go that does what it is told until a command ends in `fails`. */
  const built = (fails: string, fault: Error) =>
    buildStripeMock((args) => (args.join(' ').replace(/github\S+/, 'MODULE').endsWith(fails) ? Promise.reject(fault) : Promise.resolve('{"Dir":"/sources"}')), cache);

  it('is left out where there is no Go, and where it cannot be downloaded, each with its reason', async () => {
    expect(await built('-json MODULE', failed({ code: 'ENOENT' }))).toEqual({ missing: 'skipped: there is no Go here' });
    expect(await built('-json MODULE', failed({ stdout: '', stderr: 'go: downloading\ngo: dial tcp: connection refused\n' }))).toEqual({ missing: 'skipped: stripe-mock cannot be downloaded: go: dial tcp: connection refused' });
    expect(await built('mod download', failed({ stderr: 'go: no such host' }))).toEqual({ missing: 'skipped: stripe-mock cannot be downloaded: go: no such host' });
  });

  it('is a fault where what was downloaded is another than it was, and where it cannot be built', async () => {
    await expect(built('-json MODULE', failed({ stdout: '{"Error":"verifying module: checksum mismatch"}', stderr: '' }))).rejects.toThrow('stripe-mock is not what it was');
    await expect(built('install MODULE', failed({ stderr: 'undefined: x' }))).rejects.toThrow('Command failed');
  });
});
