import { describe, expect, it } from 'vitest';
import type { HttpConnection } from './connections.js';
import { LazyToolClient } from './lazy-tool-client.js';
import type { NotSent, SendOptions, ToolAnswer, ToolClient } from './tool-client.js';

const CONNECTION: HttpConnection = { url: new URL('https://payments.example') };
const REQUEST = { method: 'GET', path: '/', query: {}, headers: {} } as const;
const DONE: ToolAnswer = { kind: 'answered', status: 200 };

const given = (load: () => Promise<void> = () => Promise.resolve()) => {
  const seen = { loaded: 0, sent: 0, closed: 0 };
  const client: ToolClient = {
    send: () => {
      seen.sent += 1;
      return Promise.resolve(DONE);
    },
    close: () => {
      seen.closed += 1;
      return Promise.resolve();
    },
  };
  const lazy = new LazyToolClient(async () => {
    seen.loaded += 1;
    await load();
    return client;
  });
  const send = (options: Partial<SendOptions> = {}): Promise<ToolAnswer> => lazy.send(CONNECTION, REQUEST, { signal: new AbortController().signal, maxBytes: 1, ...options } as SendOptions);
  return { lazy, seen, send };
};

describe('a client whose library is loaded when it is needed', () => {
  it('is loaded once, for the first call, and closed where it was loaded', async () => {
    const { lazy, seen, send } = given();
    await lazy.close();
    expect(seen).toEqual({ loaded: 0, sent: 0, closed: 0 });
    expect(await Promise.all([send(), send()])).toEqual([DONE, DONE]);
    await lazy.close();
    expect(seen).toEqual({ loaded: 1, sent: 2, closed: 1 });
  });

  it('sends nothing where the grant or the time ended while it was loaded', async () => {
    const over: NotSent = { kind: 'not-sent', code: 'expired' };
    const late = new AbortController();
    const { seen, send } = given(() => Promise.resolve(late.abort()));
    expect(await send({ forbids: () => over })).toEqual(over);
    expect(await send({ signal: late.signal })).toEqual({ kind: 'not-sent', code: 'TOOL_TIMEOUT' });
    expect(seen.sent).toBe(0);
  });

  it('that cannot be loaded has sent nothing, and the next call tries again', async () => {
    let isBroken = true;
    const { seen, send } = given(() => (isBroken ? Promise.reject(new Error('no such module')) : Promise.resolve()));
    expect(await send()).toEqual({ kind: 'not-sent', code: 'adapter.unloadable' });
    isBroken = false;
    expect(await send()).toEqual(DONE);
    expect(seen).toMatchObject({ loaded: 2, sent: 1 });
  });
});
