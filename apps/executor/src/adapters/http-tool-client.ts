import type { Connection } from './connections.js';
import { readAnswer } from './read-body.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';
import { answerOfFault } from './transport-fault.js';

const urlOf = ({ url }: Connection, { path, query }: ToolRequest): URL => {
  const target = new URL(url);
  target.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  target.search = new URLSearchParams(query).toString().replaceAll('+', '%20');
  return target;
};

/** JSON over HTTP with a bearer token. Redirects are answers like any other: nothing is followed to another place. */
export class HttpToolClient implements ToolClient {
  readonly canSign = true;

  async send(connection: Connection, request: ToolRequest, { signal, maxBytes }: SendOptions): Promise<ToolAnswer> {
    try {
      const url = urlOf(connection, request);
      const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
      const headers = {
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
        ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
      };
      const signed = await connection.sign?.({ method: request.method, url, headers, ...body });
      const response = await fetch(url, { method: request.method, redirect: 'manual', signal, headers: signed ?? headers, ...body });
      return await readAnswer(response, maxBytes);
    } catch (fault) {
      return answerOfFault(fault, signal);
    }
  }
}
