import type { Connection } from './connections.js';
import { readAnswer } from './read-body.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';
import { answerOfFault } from './transport-fault.js';

const urlOf = ({ url }: Connection, { path, query }: ToolRequest): URL => {
  const target = new URL(url);
  target.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  target.search = new URLSearchParams(query).toString();
  return target;
};

/** JSON over HTTP with a bearer token. Redirects are answers like any other: nothing is followed to another place. */
export class HttpToolClient implements ToolClient {
  async send(connection: Connection, request: ToolRequest, { signal, maxBytes }: SendOptions): Promise<ToolAnswer> {
    try {
      const response = await fetch(urlOf(connection, request), {
        method: request.method,
        redirect: 'manual',
        signal,
        headers: {
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
          ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      return await readAnswer(response, maxBytes);
    } catch (fault) {
      return answerOfFault(fault, signal);
    }
  }
}
