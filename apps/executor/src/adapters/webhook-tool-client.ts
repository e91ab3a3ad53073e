import { createHmac } from 'node:crypto';
import { systemClock } from '@countersign/kernel';
import type { Connection, HttpConnection } from './connections.js';
import { CallRefused } from './destinations.js';
import { sendOverHttp } from './http-request.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

export const WEBHOOK_ID = 'webhook-id';
const PREFIX = 'whsec_';
const MS_PER_SECOND = 1_000;

/** The headers of Standard Webhooks (`v1`: HMAC-SHA256 over id, time and body). Throws `CallRefused` where there is nothing to sign with. */
const signed = ({ secret }: HttpConnection, { headers }: ToolRequest, body: string): Readonly<Record<string, string>> => {
  const id = headers[WEBHOOK_ID];
  if (secret === undefined) throw new CallRefused('webhook.no-secret');
  if (id === undefined) throw new CallRefused('webhook.no-id');
  const timestamp = Math.floor(systemClock.now() / MS_PER_SECOND);
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  return { 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}` };
};

/** A signed web hook. Its id is the action's key, so that a receiver can tell a repeat; of an answer only the status means anything. */
export class WebhookToolClient implements ToolClient {
  send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    return sendOverHttp(connection, request, options, (to, body) => ({
      headers: signed(to, request, body),
      read: async (response) => {
        await response.body?.cancel();
        return { kind: 'answered', status: response.status };
      },
    }));
  }
}
