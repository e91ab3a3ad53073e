import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { retryAfterOf } from './retry-after.js';
import { isWebhookSecret, webhookHeaders } from './standard-webhooks.js';

const OLD = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const NEW = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

describe('a signed web hook', () => {
  it('is verified with either secret while one takes the place of the other, and with no third', () => {
    const headers = webhookHeaders([NEW, OLD], 'msg-1', '{"a":"ü"}', Date.now());
    for (const secret of [OLD, NEW]) expect(new Webhook(secret).verify('{"a":"ü"}', headers)).toEqual({ a: 'ü' });
    expect(() => new Webhook(`whsec_${Buffer.alloc(24, 3).toString('base64')}`).verify('{"a":"ü"}', headers)).toThrow(/signature/i);
    expect(() => new Webhook(OLD).verify('{"a":"u"}', headers)).toThrow(/signature/i);
  });

  it.each([[OLD, true], [NEW, true], [OLD.slice(6), true], [`whsec_${Buffer.alloc(23).toString('base64')}`, false], [`whsec_${Buffer.alloc(65).toString('base64')}`, false], ['whsec_not base64!', false], ['', false]])('%s is a secret: %s', (text, is) => expect(isWebhookSecret(text)).toBe(is));
});

describe('a wait that is asked for', () => {
  it.each([['3', 3_000], [' 0 ', 0], ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000], ['Thu, 01 Jan 2026 00:00:00 GMT', 0], ['soon', undefined]])('%s', (header, wait) => expect(retryAfterOf(header, Date.parse('2026-01-02T03:04:05.000Z'))).toBe(wait));
});
