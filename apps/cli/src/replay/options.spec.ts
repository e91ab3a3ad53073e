import { describe, expect, it } from 'vitest';
import { settingOf } from './fork.js';
import { expectationsOf } from './promote.js';
import { speedOf, untilOf } from './to-topic.js';

describe('what a replay is told', () => {
  it.each([
    ['amount_cents=100', { path: ['amount_cents'], value: 100 }],
    ['to/0=ines', { path: ['to', '0'], value: 'ines' }],
    ['note="a=b"', { path: ['note'], value: 'a=b' }],
    ['note=', { path: ['note'], value: '' }],
  ])('`--set %s` sets a value', (text, setting) => {
    expect(settingOf(text)).toEqual(setting);
  });

  it.each(['amount_cents', '=1', '/=1'])('`--set %s` sets none', (text) => {
    expect(() => settingOf(text)).toThrow('`--set` takes a path and a value');
  });

  it('takes a speed as people write it', () => {
    expect(['1x', '20', '0.5x', 'max'].map(speedOf)).toEqual([1, 20, 0.5, Infinity]);
    for (const text of ['0x', 'fast', '-1x']) expect(() => speedOf(text)).toThrow('`--speed` takes');
  });

  it('ends before an offset, and with a time', () => {
    expect([6, 7].map((offset) => untilOf('7')({ offset, timestamp: 0 }))).toEqual([true, false]);
    expect([1_767_323_045_000, 1_767_323_045_001].map((timestamp) => untilOf('2026-01-02T03:04:05Z')({ offset: 0, timestamp }))).toEqual([true, false]);
    expect(() => untilOf('tomorrow')).toThrow('`--until` takes');
  });

  it('expects an effect of a step', () => {
    expect([...expectationsOf(['refund=deny', 'a=b=ask'])]).toEqual([['refund', 'deny'], ['a=b', 'ask']]);
    expect(() => expectationsOf(['refund=maybe'])).toThrow('`--expect` takes');
  });
});
