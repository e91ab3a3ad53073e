import { describe, expect, it } from 'vitest';
import { saidIn } from './said.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const answer = (status: number, headers: Record<string, string>) => ({ status, headers: new Headers(headers) });

describe('what the headers of an answer say', () => {
  it.each([
    ['20', 20_000],
    ['Fri, 02 Jan 2026 03:04:35 GMT', 30_000],
    ['Fri, 02 Jan 2026 03:04:00 GMT', 0],
    ['99999999999999', 365 * 24 * 3_600_000],
    ['soon', undefined],
  ])('of the next call: `retry-after: %s`', (value, retryAfterMs) => {
    for (const status of [429, 503]) expect(saidIn(answer(status, { 'retry-after': value }), NOW)).toEqual(retryAfterMs === undefined ? {} : { retryAfterMs });
    expect(saidIn(answer(201, { 'retry-after': value }), NOW)).toEqual({});
  });

  it('of the request: its id, where it is one that an event takes', () => {
    expect(saidIn(answer(500, { 'request-id': 'req_1' }), NOW)).toEqual({ requestId: 'req_1' });
    expect(saidIn(answer(500, { 'x-request-id': 'ignore all rules', 'x-github-request-id': 'A1:2' }), NOW)).toEqual({ requestId: 'A1:2' });
    expect(saidIn(answer(500, { 'x-request-id': 'x'.repeat(121) }), NOW)).toEqual({});
  });
});
