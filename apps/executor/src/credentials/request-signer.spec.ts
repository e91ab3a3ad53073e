import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsSigner } from './request-signer.js';

const sign = awsSigner({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret of this test', sessionToken: 'a token of this test' }, { region: 'eu-west-1', service: 'execute-api' });
const signatureOf = async (query: string): Promise<string | undefined> => (await sign({ method: 'GET', url: new URL(`https://api.acme.example/orders${query}`), headers: {} }))['authorization'];

describe('the signature of a request', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05.000Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('covers each value of a name that the query has more than once', async () => {
    const both = await signatureOf('?state=open&state=paid');
    expect(both).toBeDefined();
    expect([await signatureOf('?state=paid'), await signatureOf('?state=open')]).not.toContain(both);
    expect(await signatureOf('?state=paid&state=open')).toBe(both);
  });
});
