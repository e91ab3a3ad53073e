import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '@countersign/stack';
import { buttonsOf } from '@countersign/slack-sim';
import { eventually } from '../../support/eventually.ts';
import { CREDENTIALS, SlackWorld } from './slack-world.ts';

/** The real Bolt app in HTTP mode: Slack calls back, and signs. */
describe('approvals in Slack, by callbacks', { timeout: 60_000 }, () => {
  let world: SlackWorld;
  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    world = await SlackWorld.start('http', port);
  });
  afterAll(() => world.stop());

  const votes = (approval: string) => world.events('ballots').filter((event) => event.type === 'countersign.ballot.cast' && event.data.approval === approval);
  const now = (): number => Math.floor(Date.now() / 1_000);

  it('a signed callback is a vote before it is answered', async () => {
    const asked = world.ask({ number: 1 });
    const answer = world.sim.press({ user: 'U0ADA', message: await world.card(asked), action: 'countersign.approve' });
    expect(await answer).toMatchObject({ kind: 'answered' });
    expect(votes(asked.approval)).toHaveLength(1);
    await world.card(asked, (text) => text.includes('said yes'));
  });

  it('another secret, or a signature that is too old, is refused and kept in the log once a minute, naming nobody; a date ahead, which Bolt takes, is refused by us', async () => {
    const asked = world.ask({ number: 2 });
    const message = await world.card(asked);
    const press = (more: object) => world.sim.press({ user: 'U0ADA', message, action: 'countersign.approve', ...more });
    expect(await press({ signingSecret: 'another' })).toMatchObject({ kind: 'refused', status: 401 });
    expect(await press({ timestamp: now() - 600 })).toMatchObject({ kind: 'refused', status: 401 });
    const unproven = () => world.events('ballots', 0).flatMap((event) => (event.type === 'countersign.press.refused' && event.data.slack === undefined ? [event] : []));
    await eventually('both are kept', () => (unproven().length >= 2 ? true : undefined));
    const minute = Math.floor(now() / 60);
    for (let again = 0; again < 20; again += 1) await Promise.all([press({ signingSecret: 'another' }), press({ timestamp: now() - 900 }), fetch(world.callbacks, { method: 'POST', body: '{}' })]);
    const kept = unproven();
    expect(new Set(kept.map(({ data }) => data.code))).toEqual(new Set(['signature.invalid', 'press.stale']));
    expect(kept.length).toBeLessThanOrEqual(2 * (Math.floor(now() / 60) - minute + 1));
    // What they say of a question, a person or a run nobody believes.
    for (const { data, run, tenant } of kept) expect({ fields: Object.keys(data).toSorted(), run, tenant }).toEqual({ fields: ['code', 'message'], run: undefined, tenant: undefined });
    expect(await press({ timestamp: now() + 1_800 })).toMatchObject({ kind: 'answered' });
    await eventually('it is told', () => world.whispers('U0ADA').find((text) => text.includes('dated ahead')));
    expect(votes(asked.approval)).toEqual([]);
  });

  it.each([[null], [5], ['text'], [[]]])('a signed callback that says %j, and no object, is refused, and the next one is a vote all the same', async (payload) => {
    expect(await world.sim.deliver(payload)).toEqual({ kind: 'refused', status: 400 });
    expect(await world.sim.deliver(payload, { signingSecret: 'another' })).toEqual({ kind: 'refused', status: 401 });
    const asked = world.ask({ number: 100 + JSON.stringify(payload).length });
    expect(await world.sim.press({ user: 'U0ADA', message: await world.card(asked), action: 'countersign.approve' })).toMatchObject({ kind: 'answered' });
    expect(votes(asked.approval)).toHaveLength(1);
  });

  it('what Slack hands over again is one vote, and while the log takes nothing there is no good answer', async () => {
    const asked = world.ask({ number: 3, quorum: 2 });
    const message = await world.card(asked);
    const payload = world.sim.pressPayload('U0GRACE', message, buttonsOf(message)[0] ?? {});
    world.isLogAway = true;
    expect(await world.sim.deliver(payload)).not.toMatchObject({ kind: 'answered' });
    world.isLogAway = false;
    for (const retryNum of [1, 2]) expect(await world.sim.deliver(payload, { retryNum })).toMatchObject({ kind: 'answered' });
    expect(votes(asked.approval)).toHaveLength(1);
  });

  it('a modal is sent, and its errors stand in it', async () => {
    const asked = world.ask({ number: 4 });
    await world.sim.press({ user: 'U0CEM', message: await world.card(asked), action: 'countersign.deny' });
    await eventually('the modal', () => world.sim.workspace.views.find(({ user }) => user === 'U0CEM'));
    world.isLogAway = true;
    expect(await world.sim.submit({ user: 'U0CEM', values: { 'countersign.reason': { reason: 'no' } } })).toMatchObject({ payload: { response_action: 'errors', errors: { 'countersign.reason': 'Not recorded, try again.' } } });
    world.isLogAway = false;
    await world.sim.submit({ user: 'U0CEM', values: { 'countersign.reason': { reason: 'no' } } });
    await world.card(asked, (text) => text.includes('Rejected'));
  });

  it('and neither the tokens nor the secret are in anything that was logged or put on the log', () => {
    const written = world.written();
    expect(written.filter((text) => CREDENTIALS.some((secret) => text.includes(secret)))).toEqual([]);
    expect(world.said.some((text) => text.includes('Slack'))).toBe(true);
    expect(written.some((text) => text.includes('countersign.press.refused'))).toBe(true);
  });
});
