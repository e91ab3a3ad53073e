import { compileRules, denies } from '@countersign/testing';
import { describe, expect, it } from 'vitest';

const words = (tool: string, when: Parameters<typeof denies>[2]): string | undefined => {
  const statement = compileRules([denies('rule', tool, when)]).set.slices.get(tool)?.statements.find(({ id }) => id === 'rule');
  return statement?.kind === 'deny' ? statement.message : undefined;
};

describe('the words of a rule', () => {
  it.each([
    ['payments.refund', { amount_usd: '> 100 and <= 200.50' }, 'amount_usd is above 100.00 and amount_usd is at most 200.50'],
    ['mail.reply', { taint: ['untrusted', 'sensitive'] }, 'the run is sensitive or untrusted'],
    ['mail.reply', { contains: 'secret' }, 'the scan found secret'],
    ['mail.reply', { stage: '!= autonomous' }, 'the stage is draft or suggest'],
    ['mail.reply', { mode: 'read-only' }, 'the mode is read-only'],
    ['mail.reply', { origin: 'unknown' }, 'the origin of a destination is unknown'],
    ['mail.reply', { destination: 'not_in [email:*@example.com]' }, 'a destination is none of `email:*@example.com`'],
    ['mail.reply', { destination: '== email:ada@example.com' }, 'a destination is one of `email:ada@example.com`'],
    ['mail.reply', { outside_window: 'mon-fri  08:00-18:00  Europe/Berlin' }, 'the time is outside of `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['mail.reply', { effect: 'write', risk: 'send' }, 'the rule is about every call of `mail.reply`'],
  ])('say why it speaks: %s %j', (tool, when, message) => {
    expect(words(tool, when)).toBe(message);
  });
});
