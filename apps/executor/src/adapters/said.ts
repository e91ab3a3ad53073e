import { retryAfterOf } from '@countersign/outbound';
import type { ToolAnswer } from './tool-client.js';

/** What systems call a request that they have answered, by the header that says so. */
const REQUEST_IDS = ['x-request-id', 'request-id', 'x-github-request-id', 'x-amzn-requestid'];
/** As events take it. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,119}$/;
/** Statuses whose `retry-after` is about the same request. */
const NOT_NOW = [429, 503];

interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** What the headers of an answer say of the request and of the next one. */
export const saidIn = ({ status, headers }: Answer, now = Date.now()): Pick<Extract<ToolAnswer, { kind: 'answered' }>, 'requestId' | 'retryAfterMs'> => {
  const requestId = REQUEST_IDS.map((name) => headers.get(name) ?? '').find((id) => REQUEST_ID.test(id));
  const asked = headers.get('retry-after');
  const retryAfterMs = asked !== null && NOT_NOW.includes(status) ? retryAfterOf(asked, now) : undefined;
  return { ...(requestId !== undefined && { requestId }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
};
