import { systemClock } from '@countersign/kernel';
import { CallRefused, WEBHOOK_ID, webhookHeaders } from '@countersign/outbound';
import type { Connection, HttpConnection } from './connections.js';
import { sendOverHttp } from './http-request.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

/** The headers of Standard Webhooks. Throws `CallRefused` where there is nothing to sign with. */
const signed = ({ secret }: HttpConnection, { headers }: ToolRequest, body: string): Readonly<Record<string, string>> => {
  const id = headers[WEBHOOK_ID];
  if (secret === undefined) throw new CallRefused('webhook.no-secret');
  if (id === undefined) throw new CallRefused('webhook.no-id');
  return webhookHeaders([secret], id, body, systemClock.now());
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
