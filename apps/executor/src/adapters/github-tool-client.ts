import { outsideFetch } from '@countersign/outbound';
import { Octokit } from '@octokit/rest';
import type { Connection } from './connections.js';
import { searchOf } from './http-request.js';
import { CONNECTION_WITHOUT_URL } from './require-url.js';
import { readAnswer } from './read-body.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';
import { answerOfFault } from './transport-fault.js';

const silent = (): void => undefined;
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

/** What Octokit hands to `fetch`. */
interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** GitHub through Octokit, which knows its authentication, media types and API versions. */
export class GitHubToolClient implements ToolClient {
  async send(connection: Connection, request: ToolRequest, { signal, maxBytes }: SendOptions): Promise<ToolAnswer> {
    if (!('url' in connection)) return { kind: 'refused', code: CONNECTION_WITHOUT_URL };
    let answer: ToolAnswer = { kind: 'broken', code: 'NO_ANSWER' };
    // Octokit reads bodies without a limit and reports a broken connection as status 500, so the answer is taken at the wire.
    const onTheWire = async (url: string, { method, headers, body }: Sent): Promise<Response> => {
      try {
        answer = await readAnswer(await outsideFetch(connection, new URL(url), { method, headers, signal, ...(body !== undefined && { body }) }), maxBytes);
      } catch (fault) {
        answer = answerOfFault(fault, signal);
      }
      return Response.json(null);
    };
    const octokit = new Octokit({
      baseUrl: connection.url.href.replace(/\/$/, ''),
      log: SILENT,
      request: { fetch: onTheWire },
      ...(connection.token === undefined ? {} : { auth: connection.token }),
    });
    const query = searchOf(request.query);
    await octokit.request({
      method: request.method,
      url: query === '' ? request.path : `${request.path}?${query}`,
      headers: request.headers,
      ...(request.body === undefined ? {} : { data: request.body }),
    });
    return answer;
  }
}
