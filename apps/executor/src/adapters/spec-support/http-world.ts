import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ToolContract } from '@countersign/domain';
import type { Json } from '@countersign/kernel';
import type { HttpConnection } from '../connections.js';
import type { ToolRequest } from '../tool-client.js';
import { CONTROLS, KEY, LIMIT, RUN, type Behaviour, type OutsideWorld } from './tool-client-suite.js';

export const POST: ToolRequest = { method: 'POST', path: '/charges/ch_1/refunds', query: { dry: 'no' }, headers: { 'idempotency-key': KEY }, body: { amount_cents: 1200, run: RUN } };

export interface HttpWorldOptions {
  readonly request?: ToolRequest;
  /** Makes of an answer what this kind of system answers with. */
  readonly wrap?: (body: Json) => Json;
  readonly ends?: OutsideWorld['ends'];
  readonly connection?: Partial<HttpConnection>;
  readonly noBody?: boolean;
  /** What is answered to a request that only leads up to the call, which does not count as one; `undefined` for the call. */
  readonly leadsUp?: (method: string, path: string) => Json | undefined;
}

/** A system behind HTTP. */
export const httpWorld =
  (options: HttpWorldOptions = {}) =>
  async (elsewhere = ''): Promise<OutsideWorld> => {
    const { request = POST, wrap = (body: Json) => body, ends = {}, connection = {}, noBody = false, leadsUp = () => undefined } = options;
    let behaviour: Behaviour = 'answers';
    const calls: string[] = [];
    const json = (response: ServerResponse, status: number, body: Json, announced = true): void => {
      const text = JSON.stringify(wrap(body));
      response.writeHead(status, { 'content-type': 'application/json', ...(announced && { 'content-length': Buffer.byteLength(text) }) }).write(text);
      response.end();
    };
    const reply: Readonly<Record<Behaviour, (response: ServerResponse) => void>> = {
      answers: (response) => json(response, 201, { id: 're_1' }),
      'answers with control characters': (response) => json(response, 200, { text: CONTROLS }),
      'answers at length': (response) => json(response, 200, { text: 'x'.repeat(LIMIT) }),
      'answers at length, unannounced': (response) => json(response, 200, { text: 'x'.repeat(LIMIT) }, false),
      'answers no JSON': (response) => void response.writeHead(200).end('{"id": "raw \u0007"}<html>'),
      'stops half-way': (response) => void response.writeHead(200).write('{"id":'),
      'says nothing': () => undefined,
      'breaks off': (response) => void response.socket?.destroy(),
      'sends us elsewhere': (response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
      'sends us to another host': (response) => void response.writeHead(307, { location: elsewhere }).end(),
      fails: (response) => json(response, 503, {}),
    };
    const server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const known = leadsUp(incoming.method ?? '', (incoming.url ?? '').split('?')[0] ?? '');
        if (known !== undefined) return json(response, 200, known);
        calls.push(JSON.stringify([incoming.method, incoming.url, incoming.headers, Buffer.concat(chunks).toString()]));
        reply[behaviour](response);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const leave = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    };
    return {
      connection: { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), token: 's3cret', allowPrivate: true, ...connection },
      request,
      tool: {} as ToolContract,
      ...(!noBody && { body: wrap({ id: 're_1' }) }),
      ends,
      calls,
      behave: (next) => void (behaviour = next),
      leave,
      close: leave,
    };
  };
