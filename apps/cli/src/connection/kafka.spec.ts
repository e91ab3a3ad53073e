import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { contextIn } from '../spec-support/context.spec-support.js';
import { Interrupted } from '../terminal/failure.js';
import { withKafka } from './kafka.js';

describe('a command that needs Kafka', () => {
  let mute: Server | undefined;
  afterEach(() => mute?.close());
  /** Takes connections, and says nothing. */
  const startMute = async (): Promise<string> => {
    const server = createServer((socket) => void socket.on('error', () => undefined).resume());
    mute = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const given = (address: string) => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'secret\n', { mode: 0o600 });
    return contextIn(folder, { env: { KAFKA_BROKERS: address, KAFKA_USERNAME: 'ada', KAFKA_PASSWORD_FILE: passwordFile, COUNTERSIGN_TENANTS: 'acme' } });
  };
  const work = (): never => {
    throw new Error('nothing has answered yet');
  };

  it('says within a few seconds that a port takes connections and nobody answers, and what to do', async () => {
    const address = await startMute();
    const asked = performance.now();
    await expect(withKafka(given(address).context, work)).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      message: `no Kafka answers at \`${address}\` (no answer); tried for 5s without TLS and with the login \`ada\``,
      hint: expect.stringContaining('dev status') as string,
    });
    expect(performance.now() - asked).toBeLessThan(9_000);
  }, 15_000);

  it('says at once that a port is closed', async () => {
    const address = await startMute();
    await new Promise((resolve) => mute?.close(resolve));
    const asked = performance.now();
    await expect(withKafka(given(address).context, work)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE', message: `nothing answers at \`${address}\`` });
    expect(performance.now() - asked).toBeLessThan(3_000);
  });

  it('ends when the person gives up waiting for an answer', async () => {
    const { context, abort } = given(await startMute());
    const asked = withKafka(context, work);
    setTimeout(abort, 200);
    await expect(asked).rejects.toBeInstanceOf(Interrupted);
  });
});
