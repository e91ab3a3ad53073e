import { describe, expect, it } from 'vitest';
import { NOW } from '../spec-support/ledger-fixtures.spec-support.js';
import { timeOption } from './option-values.js';

describe('a moment that is typed', () => {
  it.each([
    ['an age', '7d', NOW - 7 * 86_400_000],
    ['an age in small units', '500ms', NOW - 500],
    ['a day, from its first moment in UTC', '2026-01-02', Date.parse('2026-01-02T00:00:00Z')],
    ['a time', '2026-01-02T03:04:05+01:00', Date.parse('2026-01-02T02:04:05Z')],
    ['an age from before all time', '999999999d', 0],
  ])('may be %s: %s', (_, text, at) => {
    expect(timeOption('--since', text, NOW)).toBe(at);
  });

  it.each(['yesterday', '7', '7x', '', '2026-01-02T03:04:05', '-7d'])('is not %j', (text) => {
    expect(() => timeOption('--since', text, NOW)).toThrow(expect.objectContaining({ code: 'USAGE', message: `\`--since\` takes an age or a time, not \`${text}\``, hint: 'such as `24h`, `7d`, `2026-01-02` or `2026-01-02T03:04:05Z`' }));
  });
});
