import type { Response } from 'undici';
import { isJsonObject } from '@countersign/kernel';
import type { Connection } from './connections.js';
import { bearerOf, sendOverHttp } from './http-request.js';
import { readAnswer } from './read-body.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

/** Slack's own troubles: it may have done what was asked before it said so. */
const IN_TROUBLE = new Set(['fatal_error', 'internal_error', 'request_timeout', 'service_unavailable']);
const ERROR_NAME = /^[a-z][a-z0-9_]{0,60}$/;

/** Slack says 200 to everything, and in the body what it means. */
const readSlack = async (response: Response, maxBytes: number): Promise<ToolAnswer> => {
  const answer = await readAnswer(response, maxBytes);
  if (answer.kind !== 'answered' || answer.body === undefined || !isJsonObject(answer.body) || answer.body['ok'] !== false) return answer;
  const { error } = answer.body;
  if (error === 'ratelimited') return { kind: 'answered', status: 429 };
  if (typeof error !== 'string' || IN_TROUBLE.has(error)) return { kind: 'answered', status: 503 };
  return { kind: 'refused', code: ERROR_NAME.test(error) ? `slack.${error}` : 'slack.error' };
};

/** Slack's Web API. It knows no idempotency keys: a message carries ours in its metadata, where a read-back finds it. */
export class SlackToolClient implements ToolClient {
  send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    return sendOverHttp(connection, request, options, (to) => ({ headers: bearerOf(to), read: readSlack }));
  }
}
