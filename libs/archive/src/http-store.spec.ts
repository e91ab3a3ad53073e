import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpStore } from './http-store.js';

let close: (() => void) | undefined;
afterEach(() => close?.());

const served = async (listener: RequestListener): Promise<HttpStore> => {
  const server = createServer(listener);
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return new HttpStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}/log`);
};

const answering = (status: number, body = ''): Promise<HttpStore> => served((_, response) => response.writeHead(status).end(body));

describe('an archive over HTTP', () => {
  it('is read by its paths, byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const store = await served(({ url }, response) => (url === '/log/tile/0/x001/067' ? response.end(bytes) : response.writeHead(404).end()));
    expect(await store.get('tile/0/x001/067')).toEqual(bytes);
    expect(await store.get('tile/0/x001/068')).toBeUndefined();
  });

  it('may hold nothing', async () => {
    expect(await (await answering(200)).get('checkpoint')).toEqual(Buffer.alloc(0));
  });

  it.each([429, 500, 503])('that answers %i may come back', async (status) => {
    await expect((await answering(status, 'slow down')).get('checkpoint')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later' });
  });

  it.each([401, 403, 410])('that answers %i is refused, and is not taken for one that has no such object', async (status) => {
    await expect((await answering(status)).get('checkpoint')).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED', message: expect.stringContaining(`answers ${status} for \`checkpoint\``) });
  });

  it('is not followed to another place', async () => {
    let asked = 0;
    const store = await served((_, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(store.get('checkpoint')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE' });
    expect(asked).toBe(1);
  });

  it('that breaks off in the middle of an object has not given it', async () => {
    const store = await served((_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => response.destroy());
    });
    await expect(store.get('checkpoint')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later' });
  });

  it('is not read on where an object never ends', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const closed = Promise.withResolvers<undefined>();
    const store = await served((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more);
      };
      response.on('close', () => {
        closed.resolve(undefined);
      });
      more();
    });
    await expect(store.get('checkpoint')).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED', message: expect.stringContaining('more than 33554432 bytes') });
    await closed.promise;
  });

  it('that nobody serves may come back', async () => {
    await expect(new HttpStore('http://127.0.0.1:1').get('checkpoint')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later' });
  });

  it('is never asked for a path that leads out of it', async () => {
    await expect((await answering(200)).get('../secret')).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
