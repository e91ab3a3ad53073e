import { createHmac, randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';

/** Slack waits this long for an answer to what a person did. */
export const ANSWER_DEADLINE_MS = 3_000;

/** How what a person did is handed over, where it is not as usual. */
export interface Delivery {
  /** The same as that of an earlier one: Slack hands over again. */
  readonly envelope?: string;
  /** Seconds since 1970, in the header that is signed. */
  readonly timestamp?: number;
  /** Of the callback; another one than the app knows. */
  readonly signingSecret?: string;
  readonly retryNum?: number;
}

/** Whether the app answered in time, and with what. */
export type Answer = { readonly kind: 'answered'; readonly payload: Readonly<Record<string, unknown>> } | { readonly kind: 'refused'; readonly status: number } | { readonly kind: 'unanswered' };

const objectIn = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed = JSON.parse(body) as unknown;
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/** Apps in socket mode: each thing goes to one of the sockets, which answers with the id of its envelope. */
export class Sockets {
  private readonly open = new Set<WebSocket>();
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  /** Answers that get lost on their way from now on. */
  lost = 0;

  get count(): number {
    return this.open.size;
  }

  add(socket: WebSocket): void {
    this.open.add(socket);
    socket.on('close', () => this.open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const { envelope_id: id, payload } = objectIn(String(data));
      if (this.lost > 0) {
        this.lost -= 1;
        return;
      }
      this.waiting.get(String(id))?.({ kind: 'answered', payload: typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {} });
    });
    socket.send(JSON.stringify({ type: 'hello', num_connections: this.open.size, connection_info: { app_id: 'A0SIMULATED' }, debug_info: { host: 'simulated', approximate_connection_time: 18_060 } }));
  }

  deliver(payload: unknown, { envelope = randomUUID(), retryNum }: Delivery): Promise<Answer> {
    const socket = [...this.open].at(-1);
    if (!socket) return Promise.resolve({ kind: 'unanswered' });
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => resolve({ kind: 'unanswered' }), ANSWER_DEADLINE_MS);
    this.waiting.set(envelope, resolve);
    socket.send(JSON.stringify({ envelope_id: envelope, type: 'interactive', accepts_response_payload: true, payload, ...(retryNum !== undefined && { retry_attempt: retryNum, retry_reason: 'timeout' }) }));
    return promise.finally(() => {
      clearTimeout(timer);
      this.waiting.delete(envelope);
    });
  }

  /** Slack says beforehand that it will close a socket, or closes it without a word. */
  drop(isAnnounced: boolean): void {
    for (const socket of this.open) {
      if (isAnnounced) socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
      else socket.terminate();
    }
  }

  ping(): void {
    for (const socket of this.open) socket.ping();
  }
}

/** An app that takes callbacks: signed, over HTTP. */
export const callBack = async (url: string, secret: string, payload: unknown, { timestamp = Math.floor(Date.now() / 1_000), signingSecret = secret, retryNum }: Delivery): Promise<Answer> => {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const signature = `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signature,
        ...(retryNum !== undefined && { 'x-slack-retry-num': String(retryNum), 'x-slack-retry-reason': 'http_timeout' }),
      },
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    const said = await response.text();
    return response.ok ? { kind: 'answered', payload: objectIn(said) } : { kind: 'refused', status: response.status };
  } catch {
    return { kind: 'unanswered' };
  }
};
