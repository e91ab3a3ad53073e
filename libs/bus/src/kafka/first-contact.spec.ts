import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { millis } from '@countersign/kernel';
import { freePort } from '@countersign/stack';
import { FIRST_CONTACT, firstContact } from './first-contact.js';
import type { KafkaOptions } from './kafka-options.js';

const PATIENCE = millis(600);
const to = (...ports: readonly number[]): KafkaOptions => ({ brokers: ports.map((port) => `127.0.0.1:${port}`), clientId: 'test' });

describe('the first contact with a Kafka', () => {
  let mute: Server | undefined;
  afterEach(() => mute?.close());
  /** Takes connections, and says nothing. */
  const startMute = async (): Promise<number> => {
    const port = await freePort();
    mute = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => mute?.listen(port, '127.0.0.1', resolve));
    return port;
  };

  it('is given up soon enough for a person who waits', () => {
    expect(FIRST_CONTACT).toBeLessThanOrEqual(5_000);
  });

  it('says of each address what became of it, and what was tried', async () => {
    const [closed, silent] = [await freePort(), await startMute()];
    const asked = performance.now();
    await expect(firstContact({ ...to(closed, silent), sasl: { username: 'ada', password: 'secret' } }, PATIENCE)).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retry: 'later',
      message: `no Kafka answers at \`127.0.0.1:${closed}\` (connect ECONNREFUSED 127.0.0.1:${closed}), \`127.0.0.1:${silent}\` (no answer); tried for 600ms without TLS and with the login \`ada\``,
    });
    expect(performance.now() - asked).toBeLessThan(PATIENCE * 3);
  });

  it('names the fault where a name has several addresses', async () => {
    const closed = await freePort();
    await expect(firstContact({ brokers: [`localhost:${closed}`], clientId: 'test', ssl: true }, PATIENCE)).rejects.toThrow(/\(.*ECONNREFUSED.*\); tried for 600ms over TLS and without a login/);
  });
});
