import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Another host, which answers whoever comes, and to which nobody has a reason to come. */
export interface Elsewhere {
  readonly url: string;
  /** Requests that came, as method and path. */
  readonly visits: readonly string[];
  close(): Promise<void>;
}

export const startElsewhere = async (): Promise<Elsewhere> => {
  const visits: string[] = [];
  const server = createServer((incoming, response) => {
    visits.push(`${incoming.method} ${incoming.url}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"re_1"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    // By another name than the worlds have, so that it is another host and not only another port.
    url: `http://localhost:${(server.address() as AddressInfo).port}/elsewhere`,
    visits,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
