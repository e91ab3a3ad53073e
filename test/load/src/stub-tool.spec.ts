import { describe, expect, it } from 'vitest';
import { HANGING_PATH, KEY_HEADER, KEY_QUERY } from './bench-config.js';
import { StubToolClient } from './stub-tool.js';

const CONNECTION = { url: new URL('http://127.0.0.1:9'), token: undefined };
const write = (key: string) => ({ method: 'POST', path: '/', query: {}, headers: { [KEY_HEADER]: key }, body: { amount_cents: 5 } }) as const;
const find = (key: string) => ({ method: 'GET', path: '/', query: { [KEY_QUERY]: key }, headers: {} }) as const;

describe('the tool of the bench', () => {
  it('shows what it was asked to do, and nothing else', async () => {
    const stub = new StubToolClient();
    await stub.send(CONNECTION, write('one'));
    expect(await stub.send(CONNECTION, find('one'))).toMatchObject({ status: 200, body: { lines: [{ key: 'one', id: 'line-one', amount_cents: 5 }] } });
    expect(await stub.send(CONNECTION, find('two'))).toMatchObject({ body: { lines: [] } });
  });

  it('hangs, nearly until a call of it is given up, where it is asked to', async () => {
    const began = performance.now();
    expect(await new StubToolClient().send(CONNECTION, { ...write('slow'), path: HANGING_PATH })).toMatchObject({ status: 201 });
    expect(performance.now() - began).toBeGreaterThan(4_000);
  });

  it('forgets the oldest, so that a long bench needs no more memory than a short one', async () => {
    const stub = new StubToolClient();
    for (let nth = 0; nth <= 10_000; nth += 1) await stub.send(CONNECTION, write(`key-${nth}`));
    expect(await stub.send(CONNECTION, find('key-0'))).toMatchObject({ body: { lines: [] } });
    expect(await stub.send(CONNECTION, find('key-1'))).toMatchObject({ body: { lines: [{ key: 'key-1' }] } });
  });
});
