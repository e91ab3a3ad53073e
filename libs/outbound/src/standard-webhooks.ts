import { createHmac } from 'node:crypto';

export const WEBHOOK_ID = 'webhook-id';
const PREFIX = 'whsec_';
const MS_PER_SECOND = 1_000;
/** A shorter key could be guessed; https://www.standardwebhooks.com asks for as many. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

const keyOf = (secret: string): Buffer => Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');

/** Whether a text is a secret as Standard Webhooks has them: base64 of 24 to 64 bytes, with `whsec_` before it or not. */
export const isWebhookSecret = (text: string): boolean => {
  const body = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const { length } = keyOf(text);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(body) && length >= LEAST_BYTES && length <= MOST_BYTES;
};

/**
 * The headers of Standard Webhooks (`v1`: HMAC-SHA256 over id, time and body). With several secrets there are several signatures, so
 * that a receiver takes either while one takes the place of the other. `now`: milliseconds.
 */
export const webhookHeaders = (secrets: readonly string[], id: string, body: string, now: number): Readonly<Record<string, string>> => {
  const timestamp = Math.floor(now / MS_PER_SECOND);
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return { [WEBHOOK_ID]: id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
};
