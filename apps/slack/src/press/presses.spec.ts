import { describe, expect, it } from 'vitest';
import type { Approver, ApproverDirectory } from '@countersign/domain';
import type { Instant, Principal } from '@countersign/kernel';
import { shortHash } from '../card/view.js';
import { cardWith, type Shown } from '../card/cards.spec-support.js';
import { Presses, type Arrived } from './presses.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const SLACK = { team: 'T0123ABCD', user: 'U0456EFGH' };
const ADA = { subject: 'spiffe://countersign.local/human/ada' as Principal, name: 'Ada', slack: `${SLACK.team}/${SLACK.user}` } as Approver;

const DIRECTORY = { people: [ADA] } as unknown as ApproverDirectory;

const given = (shown: Shown = {}) => {
  const card = cardWith(shown);
  const kept: string[] = [];
  const presses = new Presses({
    known: { get: (id) => (id === card.card ? card : undefined), onEvent: () => undefined },
    box: {
      vote: async (_card, voter, choice) => void kept.push(`${choice} of ${voter.name}`),
      say: async () => void kept.push('said'),
      refuse: async (_approval, _card, { code }) => void kept.push(code),
      refuseUnproven: async ({ code }) => void kept.push(code),
    },
    directory: () => DIRECTORY,
    home: () => SLACK.team,
    clock: { now: () => NOW },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined } as never,
  });
  const arrived: Arrived = { slack: SLACK, team: SLACK.team, approval: card.card, hash: shortHash(card.opened.actionHash), channel: card.opened.channel, times: [NOW], id: 'trigger-1' };
  return { presses, arrived, kept };
};

describe('a press', () => {
  it('of a modal that shows all of it is a vote', async () => {
    const { presses, arrived, kept } = given();
    expect(await presses.answer(arrived, 'approve', '')).toMatchObject({ kind: 'recorded' });
    expect(kept).toEqual(['approve of Ada']);
  });

  it('of a modal that does not show all of it is no yes, and may be a no', async () => {
    const { presses, arrived, kept } = given({ args: { more: 'A'.repeat(21_000) }, facts: { prose: [] } });
    expect(await presses.answer(arrived, 'approve', '')).toMatchObject({ kind: 'refused' });
    expect(await presses.answer(arrived, 'deny', 'not ours')).toMatchObject({ kind: 'recorded' });
    expect(kept).toEqual(['vote.unseen', 'deny of Ada']);
  });
});
