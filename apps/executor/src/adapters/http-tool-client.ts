import type { Connection } from './connections.js';
import { bearerOf, sendOverHttp } from './http-request.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

/** JSON or a form over HTTP, with a bearer token. */
export class HttpToolClient implements ToolClient {
  readonly canSign = true;

  send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    return sendOverHttp(connection, request, options, (to) => ({ headers: bearerOf(to) }));
  }
}
