import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quietenRequestQueues } from './idle-request-queue.js';
import { Connection, createLogger, requestQueuePrototype, type RawConnection, type RequestQueue } from './kafkajs-internals.js';
import { openSocket } from './kafka-options.js';

const queueOf = (pending: readonly unknown[], throttledUntil: number): RequestQueue & { checked: number } =>
  Object.assign(Object.create(requestQueuePrototype), { pending, throttledUntil, throttleCheckTimeoutId: null, checked: 0, checkPendingRequests(this: { checked: number }) { this.checked += 1; } });

describe('the request queue of kafkajs', () => {
  let server: Server;
  let sockets: Socket[];
  let connection: RawConnection | undefined;

  beforeEach(async () => {
    quietenRequestQueues();
    sockets = [];
    server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await connection?.disconnect();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sets no timer on a connection that is idle', async () => {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server listens');
    connection = new Connection({
      host: '127.0.0.1',
      port: address.port,
      clientId: 'idle',
      logger: createLogger({ level: 0, logCreator: () => () => undefined }),
      socketFactory: openSocket,
      ssl: null,
      sasl: null,
      connectionTimeout: 1_000,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
    });
    await connection.connect();
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    connection.requestQueue.scheduleCheckPendingRequests();
    await sleep(20);
    process.off('warning', onWarning);
    expect(connection.requestQueue.throttleCheckTimeoutId).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('is checked where something waits, and where the broker throttles', async () => {
    const waiting = queueOf([{}], -1);
    const throttled = queueOf([], Date.now() + 30);
    const idle = queueOf([], -1);
    for (const queue of [waiting, throttled, idle]) queue.scheduleCheckPendingRequests();
    await sleep(100);
    expect([waiting.checked, throttled.checked, idle.checked]).toEqual([1, 1, 0]);
  });
});
