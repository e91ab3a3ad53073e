import { describe, expect, it } from 'vitest';
import { orderingKey, partitionOf, type Event } from '@countersign/contracts';
import type { Approver, ApproverDirectory } from '@countersign/domain';
import type { Instant, Principal } from '@countersign/kernel';
import { KnownCards } from '../adapters/known-cards.js';
import { shortHash } from '../card/view.js';
import { cardWith, type Shown } from '../card/cards.spec-support.js';
import { Presses, type Arrived } from './presses.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const SLACK = { team: 'T0123ABCD', user: 'U0456EFGH' };
const ADA = { subject: 'spiffe://countersign.local/human/ada' as Principal, name: 'Ada', slack: `${SLACK.team}/${SLACK.user}` } as Approver;

const DIRECTORY = { people: [ADA] } as unknown as ApproverDirectory;

const PARTITIONS = 3;
const HOME = partitionOf(Buffer.from(orderingKey('acme', 'refund-desk')), PARTITIONS);

/** `restored`: the partitions whose cards this process has. */
const given = (shown: Shown = {}, restored: readonly number[] = [0, 1, 2]) => {
  const card = cardWith(shown);
  const known = new KnownCards(PARTITIONS);
  const restore = (partition: number): void => known.restore({ cards: new Map(partition === HOME ? [[card.card, card]] : []), ofRun: new Map() }, partition);
  restored.forEach(restore);
  const kept: string[] = [];
  const presses = new Presses({
    known,
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
  return { presses, arrived, kept, restore, known, card };
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

  const others = [0, 1, 2].filter((partition) => partition !== HOME);

  it.each(['approve', 'view', 'deny', 'unknown', 'answer'] as const)('is not recorded, and nothing is kept, while the cards of the log are not here (%s)', async (how) => {
    const { presses, arrived, kept } = given({}, others);
    expect(await (how === 'answer' ? presses.answer(arrived, 'approve', '') : presses[how](arrived))).toEqual({ kind: 'not-recorded', text: 'Not recorded, try again.' });
    expect(kept).toEqual([]);
  });

  it('counts as soon as the partition of its card is here, and is of an unknown card only once all are', async () => {
    const { presses, arrived, kept, restore } = given({}, []);
    const unknown = { ...arrived, approval: 'EEEEEEEEEEEEEEEEEEEEEE' };
    restore(HOME);
    expect(await presses.approve(arrived)).toMatchObject({ kind: 'recorded' });
    expect(await presses.approve(unknown)).toMatchObject({ kind: 'not-recorded' });
    others.forEach(restore);
    expect(await presses.approve(unknown)).toMatchObject({ kind: 'refused' });
    expect(kept).toEqual(['approve of Ada', 'card.unknown']);
  });

  it('is not held against a card that is half restored', async () => {
    const { presses, arrived, kept, known, card } = given({}, []);
    known.follow({ cards: new Map([[card.card, card]]), ofRun: new Map() }, { type: 'countersign.card.shown', data: { card: card.card } } as Event);
    expect(await presses.approve(arrived)).toMatchObject({ kind: 'not-recorded' });
    expect(kept).toEqual([]);
  });
});
