import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, freePorts, isPortFree, keptOrFreePorts, LOOPBACK } from './free-port.js';

const servers: Server[] = [];

const take = async (port: number): Promise<void> => {
  const server = createServer().listen(port, LOOPBACK);
  servers.push(server);
  await once(server, 'listening');
};

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('free ports', () => {
  it('are different, and below those the system gives to outgoing connections', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) expect(port).toBeLessThan(49_152);
  });

  it('are not those that somebody listens on', async () => {
    const port = await freePort();
    expect(await isPortFree(port)).toBe(true);
    await take(port);
    expect(await isPortFree(port)).toBe(false);
  });

  it('are missing with a word on what can be done', async () => {
    await expect(freePorts(3, () => Promise.resolve(false))).rejects.toMatchObject({
      code: 'STACK_START_FAILED',
      message: expect.stringMatching(/^no 3 free ports between 15000 and \d+ on 127\.0\.0\.1$/),
      hint: expect.stringContaining('ss -ltn'),
    });
  });

  it('are the kept ones only if all of them are free', async () => {
    const kept = await freePorts(2);
    expect(await keptOrFreePorts(kept, 2)).toEqual(kept);
    await take(kept[1] ?? 0);
    const other = await keptOrFreePorts(kept, 2);
    expect(other).toHaveLength(2);
    expect(other).not.toContain(kept[1]);
  });
});
