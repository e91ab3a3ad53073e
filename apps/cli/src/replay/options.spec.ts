import { describe, expect, it } from 'vitest';
import { NOW } from '../spec-support/ledger-fixtures.spec-support.js';
import { expectationsOf } from './promote.js';
import { requireArgument, settingOf, withSetting } from './setting.js';
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

  it('sets a part of an argument, and leaves what is beside it', () => {
    expect(withSetting({ to: { name: 'ada', city: 'Rome' }, note: 'x' }, settingOf('to/name=ines'))).toEqual({ to: { name: 'ines', city: 'Rome' }, note: 'x' });
  });

  describe('of an argument', () => {
    const tool = { id: 'mail.send', args: { type: 'object', additionalProperties: false, properties: { to: { type: 'object', additionalProperties: false, properties: { name: { type: 'string' }, city: { type: 'string' } } }, head: { type: 'object' }, about: { $ref: '#/$defs/about' } } } };

    it.each(['to={}', 'to/name=ines', 'head/any=1', 'about/what=1'])('`--set %s` is of one that the tool has, or may have', (text) => {
      expect(() => requireArgument(tool, settingOf(text))).not.toThrow();
    });

    it.each([
      ['tp/name=ines', '`mail.send` has no argument `tp`', 'it has `about`, `head`, `to`'],
      ['to/nam=ines', '`mail.send` has no argument `to/nam`', 'it has `to/city`, `to/name`'],
      ['toString=1', '`mail.send` has no argument `toString`', 'it has `about`, `head`, `to`'],
    ])('`--set %s` is of none, which is told with those that there are', (text, message, hint) => {
      expect(() => requireArgument(tool, settingOf(text))).toThrow(expect.objectContaining({ code: 'USAGE', message, hint }));
    });
  });

  it('takes a speed as people write it', () => {
    expect(['1x', '20', '0.5x', 'max'].map(speedOf)).toEqual([1, 20, 0.5, Infinity]);
    for (const text of ['0x', 'fast', '-1x']) expect(() => speedOf(text)).toThrow('`--speed` takes');
  });

  it('ends before an offset, and with a time', () => {
    expect([6, 7].map((offset) => untilOf('7', NOW)({ offset, timestamp: 0 }))).toEqual([true, false]);
    expect([1_767_323_045_000, 1_767_323_045_001].map((timestamp) => untilOf('2026-01-02T03:04:05Z', NOW)({ offset: 0, timestamp }))).toEqual([true, false]);
    expect([NOW - 600_000, NOW - 599_999].map((timestamp) => untilOf('10m', NOW)({ offset: 0, timestamp }))).toEqual([true, false]);
    expect(() => untilOf('tomorrow', NOW)).toThrow('`--until` takes');
  });

  it('expects an effect of a step', () => {
    expect([...expectationsOf(['refund=deny', 'a=b=ask'])]).toEqual([['refund', 'deny'], ['a=b', 'ask']]);
    expect(() => expectationsOf(['refund=maybe'])).toThrow('`--expect` takes');
  });
});
