import { createConnection } from 'node:net';
import { LOOPBACK } from './free-port.js';
import { millis } from '@countersign/kernel';

/** A broker that is up answers within milliseconds. */
const ANSWER_DEADLINE = millis(1_000);
const API_VERSIONS = 18;
const CORRELATION_ID = 7;
const CLIENT_ID = 'ready';
const LENGTH_BYTES = 4;

/** Kafka's ApiVersions request, version 0: the one request a listener answers before anybody has logged in. */
export const apiVersionsRequest = (): Buffer => {
  const body = Buffer.alloc(10 + CLIENT_ID.length);
  body.writeInt16BE(API_VERSIONS, 0);
  body.writeInt16BE(0, 2);
  body.writeInt32BE(CORRELATION_ID, 4);
  body.writeInt16BE(CLIENT_ID.length, 8);
  body.write(CLIENT_ID, 10, 'latin1');
  const request = Buffer.alloc(LENGTH_BYTES + body.length);
  request.writeInt32BE(body.length, 0);
  body.copy(request, LENGTH_BYTES);
  return request;
};

/** Whether a Kafka broker answers on this port of the loopback interface. A port that only accepts connections is not enough. */
export const answersAsKafka = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: LOOPBACK });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    const received: Buffer[] = [];
    socket.setTimeout(ANSWER_DEADLINE, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('connect', () => socket.write(apiVersionsRequest()));
    socket.on('data', (bytes) => {
      received.push(bytes);
      const answer = Buffer.concat(received);
      if (answer.length >= LENGTH_BYTES * 2) settle(answer.readInt32BE(LENGTH_BYTES) === CORRELATION_ID);
    });
  });
