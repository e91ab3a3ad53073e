import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfQuestion, previewHashOf } from '@countersign/domain';
import { sha256, type RunId } from '@countersign/kernel';
import { buttonsOf, type SimMessage, type Trouble } from '@countersign/slack-sim';
import { eventually } from '../../support/eventually.ts';
import { SlackWorld, type Asked, type Question } from './slack-world.ts';

/** The real Bolt app in socket mode, against a workspace that is as strict as Slack. */
describe('approvals in Slack, by sockets', { timeout: 60_000 }, () => {
  let world: SlackWorld;
  beforeAll(async () => {
    world = await SlackWorld.start('socket');
    await world.connected();
  });
  afterAll(() => world.stop());

  const actions = (message: SimMessage): readonly unknown[] => buttonsOf(message).map((button) => button['action_id']);
  const votes = (approval: string) => world.events('ballots').filter((event) => event.type === 'countersign.ballot.cast' && event.data.approval === approval);
  const refusals = (approval: string): readonly string[] => world.events('ballots').flatMap((event) => (event.type === 'countersign.press.refused' && event.data.approval === approval ? [event.data.code] : []));
  const modalOf = (user: string) => eventually('the modal', () => world.sim.workspace.views.find((view) => view.user === user));
  const press = (user: string, message: SimMessage, action = 'countersign.approve', more: object = {}) => world.sim.press({ user, message, action, ...more });

  it('a question is one card; one press is a signed vote before Slack has its answer; the same card shows what comes of it', async () => {
    const asked = world.ask({ number: 1 });
    const card = await world.card(asked);
    expect(actions(card)).toEqual(['countersign.approve', 'countersign.view', 'countersign.deny']);
    const answer = await press('U0ADA', card);
    expect(votes(asked.approval)).toMatchObject([{ actor: 'spiffe://countersign.local/human/ada', data: { choice: 'approve', via: { slack: { team: 'T0SIMULATED', user: 'U0ADA' } } } }]);
    expect(answer).toMatchObject({ kind: 'answered' });
    await world.card(asked, (text) => text.includes('1 of 1 said yes') && text.includes('granted: '));
    world.executes('countersign.attempt.started', { tool: 'desk.ask', toolContractHash: asked.action.toolContractHash, exp: 1, idempotencyKey: asked.action.idempotencyKey, startsAt: '2026-01-02T03:04:05.000Z', deadline: '2026-01-02T03:04:05.000Z', runDeadline: '2026-01-02T03:04:05.000Z', afterUnknown: false }, asked);
    await world.card(asked, (text) => text.includes('being executed'));
    world.executes('countersign.action.succeeded', { outsideId: 're_7', latencyMs: 1, usedMicroUsd: 0 as never, readBack: true, result: {} }, asked);
    await world.card(asked, (text) => text.includes('executed (re_7), being read back'));
    world.executes('countersign.action.verified', { found: sha256('x'), latencyMs: 1, usedMicroUsd: 0 as never, result: {} }, asked);
    const done = await world.card(asked, (text) => text.includes('executed (re_7), verified by read-back'));
    expect(done.ts).toBe(card.ts);
    expect(actions(done)).toEqual([]);
    world.plans('countersign.run.closed', { task: 't', source: 's', outcome: 'compensated', reason: 'a later step failed', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as never }, sideEffects: [{ step: asked.step, tool: 'desk.ask', state: 'verified', undoneBy: 'undo' as never }], events: { count: 1, root: sha256('') } }, asked);
    await world.card(asked, (text) => text.includes('undone (re_7)') && text.includes('compensated'));
    expect(world.sim.workspace.messages.filter((message) => JSON.stringify(message.metadata).includes(asked.approval))).toHaveLength(1);
  });

  it.each([
    ['countersign.action.failed', { code: 'http.409', latencyMs: 1, retrying: false }, 'failed, no effect: http'],
    ['countersign.action.unknown', { code: 'TOOL_TIMEOUT', latencyMs: 1, resolving: false, readBack: false }, 'nobody knows whether it was done'],
    ['countersign.action.diverged', { faults: [{ pointer: '/amount', message: 'differs' }], latencyMs: 1, usedMicroUsd: 0 }, 'what was read back differs'],
  ] as const)('shows %s', async (type, data, text) => {
    const asked = world.ask({ number: 10 + text.length });
    await world.card(asked);
    world.executes(type, data, asked);
    expect((await world.card(asked, (shown) => shown.includes(text))).edits).toBeGreaterThan(0);
  });

  const NO_PREVIEW = { kind: 'none' as const, changes: [], reason: { code: 'TOOL_TIMEOUT', message: 'the tool gave no answer' } };
  const granted = async (asked: Asked): Promise<void> => {
    await press('U0ADA', await world.card(asked));
    await world.card(asked, (text) => text.includes('granted: '));
  };

  it.each<[string, Omit<Question, 'number'>, (asked: Asked) => void | Promise<void>, string, 'open' | 'over']>([
    ['reminded', { remindIn: 300 }, () => undefined, 'still open', 'open'],
    ['escalated', { escalateIn: 300 }, () => undefined, 'support are asked besides', 'open'],
    ['withdrawn', {}, (asked) => world.decides('countersign.context.closed', { outcome: 'stopped' }, asked), 'the run is over: stopped', 'over'],
    ['without a preview', { withPreview: true }, (asked) => world.executes('countersign.action.previewed', { approval: asked.approval, preview: { ...NO_PREVIEW, hash: previewHashOf(NO_PREVIEW) }, runDeadline: '2026-01-02T04:04:05.000Z' }, asked), 'what would change cannot be shown: the tool gave no answer', 'open'],
    ['approved, and refused by the executor', {}, async (asked) => {
      await granted(asked);
      world.executes('countersign.grant.refused', { code: 'used', message: 'the grant was used', mayBeDone: false }, asked);
    }, 'not executed: the grant was used', 'over'],
    ['being undone', {}, async (asked) => {
      await granted(asked);
      world.executes('countersign.action.succeeded', { outsideId: 're_8', latencyMs: 1, usedMicroUsd: 0 as never, readBack: false, result: {} }, asked);
      await world.card(asked, (text) => text.includes('executed (re_8)'));
      world.plans('countersign.run.started', { task: 't', source: '/countersign/undo', contract: { id: 'desk', version: 1, hash: sha256('c') }, agent: 'spiffe://countersign.local/a' as never, subject: 'spiffe://countersign.local/human/ada' as never, input: {}, undoes: { run: asked.action.run, step: asked.step }, deadline: '2026-01-02T04:04:05.000Z' }, { action: Object.assign({}, asked.action, { run: `${asked.action.run.slice(0, -2)}un` as RunId }), step: undefined as never });
    }, 'being undone (re_8)', 'over'],
  ])('shows that it is %s, on the same card', async (what, question, act, text, standing) => {
    const asked = world.ask({ ...question, number: 300 + what.length });
    const card = await world.card(asked);
    await act(asked);
    const shown = await world.card(asked, (said) => said.includes(text));
    expect(shown.ts).toBe(card.ts);
    expect(actions(shown)).toEqual(standing === 'open' ? ['countersign.approve', 'countersign.view', 'countersign.deny'] : []);
    expect(world.sim.workspace.messages.filter((message) => JSON.stringify(message.metadata).includes(asked.approval))).toHaveLength(1);
  });

  it('what is done without asking is a notice with no button, which says how it is undone and what came of it', async () => {
    const told = world.tells();
    const card = await world.card(told, (text) => text.includes('Done without asking'));
    expect(JSON.stringify(card.blocks)).toContain(`countersign undo ${told.action.run}/${told.step} --reason TEXT`);
    expect(actions(card)).toEqual([]);
    world.executes('countersign.action.verified', { outsideId: 're_9', found: sha256('x'), latencyMs: 1, usedMicroUsd: 0 as never, result: {} }, told);
    expect((await world.card(told, (text) => text.includes('executed (re_9), verified by read-back'))).ts).toBe(card.ts);
  });

  it('nothing of the agent’s words is a mention or a link, and they are in a box', async () => {
    const card = await world.card(world.ask({ number: 2 }));
    const text = JSON.stringify(card.blocks);
    expect(text).toContain('agent says (reason)');
    expect(text).not.toContain('<!channel>');
    expect(text).not.toContain('https://');
    expect(text).not.toMatch(/@here/);
  });

  it('tier 3 is viewed first, and takes two people of different groups; the card counts them', async () => {
    const asked = world.ask({ number: 3, tier: 3, quorum: 2 });
    const card = await world.card(asked);
    expect(actions(card)).toEqual(['countersign.view', 'countersign.deny']);
    await press('U0ADA', card, 'countersign.view');
    const view = await modalOf('U0ADA');
    expect(JSON.stringify(view.view.blocks)).toContain('$123.45');
    expect(await world.sim.submit({ user: 'U0ADA' })).toMatchObject({ kind: 'answered' });
    await world.card(asked, (text) => text.includes('1 of 2 said yes'));
    await press('U0GRACE', await world.card(asked), 'countersign.view');
    await modalOf('U0GRACE');
    await world.sim.submit({ user: 'U0GRACE' });
    await world.card(asked, (text) => text.includes('2 of 2 said yes'));
  });

  it('tier 4 has no button and names the command; a press that was made up counts for nothing', async () => {
    const asked = world.ask({ number: 4, tier: 4 });
    const card = await world.card(asked);
    expect(actions(card)).toEqual([]);
    expect(JSON.stringify(card.blocks)).toContain(`countersign approvals approve ${asked.approval}`);
    await world.sim.deliver(world.sim.pressPayload('U0ADA', card, { action_id: 'countersign.approve', value: `${asked.approval}.${asked.actionHash.slice(0, 12)}` }));
    await eventually('it is kept', () => (refusals(asked.approval).includes('vote.in-slack') ? true : undefined));
    expect(votes(asked.approval)).toEqual([]);
  });

  it('no is asked for a reason before anything is recorded, and ends the question', async () => {
    const asked = world.ask({ number: 5 });
    await press('U0CEM', await world.card(asked), 'countersign.deny');
    await modalOf('U0CEM');
    expect(votes(asked.approval)).toEqual([]);
    expect(await world.sim.submit({ user: 'U0CEM', values: { 'countersign.reason': { reason: '' } } })).toMatchObject({ payload: { response_action: 'errors' } });
    await world.sim.submit({ user: 'U0CEM', values: { 'countersign.reason': { reason: 'not ours <@U0ADA>' } } });
    const card = await world.card(asked, (text) => text.includes('Rejected'));
    expect(JSON.stringify(card.blocks)).not.toContain('<@');
    expect(actions(card)).toEqual([]);
  });

  it.each([
    ['a stranger', 'U0STRANGER', {}, 'slack.unmapped'],
    ['an approver’s name in another workspace', 'U0ADAELSEWHERE', {}, 'slack.unmapped'],
    ['a press of ten minutes ago', 'U0ADA', { pressedAt: Date.now() - 600_000 }, 'press.stale'],
    ['a press of the future', 'U0ADA', { pressedAt: Date.now() + 600_000 }, 'press.stale'],
  ] as const)('%s is refused, told alone, and kept in the log', async (what, user, more, code) => {
    const asked = world.ask({ number: 100 + what.length });
    const card = await world.card(asked);
    const others = world.sim.workspace.whispers.length;
    await press(user, card, 'countersign.approve', more);
    await eventually('it is kept', () => (refusals(asked.approval).includes(code) ? true : undefined));
    await eventually('it is told', () => (world.sim.workspace.whispers.length > others ? true : undefined));
    expect(world.sim.workspace.whispers.slice(others).map((whisper) => whisper.user)).toEqual([user]);
    expect(votes(asked.approval)).toEqual([]);
  });

  it('a button for another action, on a copy of the card, or with a name that nobody knows is refused', async () => {
    const asked = world.ask({ number: 6 });
    const card = await world.card(asked);
    const value = `${asked.approval}.${asked.actionHash.slice(0, 12)}`;
    await press('U0ADA', card, 'countersign.approve', { value: `${asked.approval}.${'0'.repeat(12)}` });
    await world.sim.deliver(world.sim.pressPayload('U0ADA', { channel: 'C0ELSEWHERE', ts: card.ts }, { action_id: 'countersign.approve', value }));
    await world.sim.deliver(world.sim.pressPayload('U0ADA', card, { action_id: 'anything', value }));
    await eventually('all are kept', () => (['action.differs', 'card.elsewhere', 'press.unknown'].every((code) => refusals(asked.approval).includes(code)) ? true : undefined));
    await world.sim.deliver(world.sim.pressPayload('U0ADA', card, { action_id: 'countersign.approve', value: `unknown-approval.${'a'.repeat(12)}` }));
    await eventually('an unknown one is kept', () => (world.log.records('ballots', 0).some((record) => String(record.value).includes('unknown-approval')) ? true : undefined));
    expect(votes(asked.approval)).toEqual([]);
  });

  it('an envelope that comes twice is one vote; a second press is told that it is one too many', async () => {
    const asked = world.ask({ number: 7, quorum: 2 });
    const card = await world.card(asked);
    const [button] = buttonsOf(card);
    const payload = world.sim.pressPayload('U0ADA', card, button ?? {});
    const answers = await Promise.all([world.sim.deliver(payload, { envelope: 'e-1' }), world.sim.deliver(payload, { envelope: 'e-2', retryNum: 1 })]);
    expect(answers.map(({ kind }) => kind)).toEqual(['answered', 'answered']);
    expect(votes(asked.approval)).toHaveLength(1);
    await press('U0ADA', await world.card(asked, (text) => text.includes('1 of 2 said yes')));
    await eventually('it is kept', () => (refusals(asked.approval).includes('voter.voted') ? true : undefined));
    expect(votes(asked.approval)).toHaveLength(1);
  });

  it('while the log takes nothing, Slack gets no answer and the person is told to try again; then it counts', async () => {
    const asked = world.ask({ number: 8 });
    const card = await world.card(asked);
    world.isLogAway = true;
    expect(await press('U0GRACE', card)).toEqual({ kind: 'unanswered' });
    expect(world.whispers('U0GRACE').at(-1)).toContain('Not recorded, try again');
    world.isLogAway = false;
    expect(await press('U0GRACE', card)).toMatchObject({ kind: 'answered' });
    await world.card(asked, (text) => text.includes('said yes'));
  });

  it('a vote that the log takes too late is not recorded for whoever cast it, and the vote that they cast again is not a second one', async () => {
    const asked = world.ask({ number: 25, quorum: 2 });
    const card = await world.card(asked);
    world.logTakes = 2_600;
    const first = press('U0CEM', card);
    await eventually('it is told', () => world.whispers('U0CEM').find((text) => text.includes('Not recorded, try again')));
    expect(votes(asked.approval)).toEqual([]);
    world.logTakes = 0;
    expect(await press('U0CEM', card)).toMatchObject({ kind: 'answered' });
    expect(await first).toEqual({ kind: 'unanswered' });
    await eventually('the first is there as well', () => (votes(asked.approval).length === 2 ? true : undefined));
    await world.until('approvals', 'countersign.approval.ballot-refused', ({ approval, code }) => approval === asked.approval && code === 'voter.voted');
    expect(world.events('approvals').filter((event) => event.type === 'countersign.approval.vote-cast' && event.data.approval === asked.approval)).toHaveLength(1);
    await world.card(asked, (text) => text.includes('1 of 2 said yes'));
  });

  it('a vote that does not count is told to whoever cast it, and to nobody else', async () => {
    const asked = world.ask({ number: 9, within: 2_000 });
    const card = await world.card(asked);
    await world.card(asked, (text) => text.includes('nobody answered'));
    const before = world.sim.workspace.whispers.length;
    await world.sim.deliver(world.sim.pressPayload('U0ADA', card, { action_id: 'countersign.approve', value: `${asked.approval}.${asked.actionHash.slice(0, 12)}` }));
    await eventually('it is told', () => world.whispers('U0ADA').find((text) => text.includes('is not open')));
    expect(new Set(world.sim.workspace.whispers.slice(before).map(({ user }) => user))).toEqual(new Set(['U0ADA']));
    await world.until('cards', 'countersign.voter.told', ({ card: id }) => id === asked.approval);
  });

  it('a preview that is being made has no button for yes; what it says is the diff, and the vote is on it', async () => {
    const asked = world.ask({ number: 20, withPreview: true });
    const card = await world.card(asked, (text) => text.includes('is being looked at'));
    expect(actions(card)).toEqual(['countersign.view', 'countersign.deny']);
    const said = { kind: 'dry-run' as const, changes: [{ field: 'refunded', now: 0, after: 12_345, unit: 'usd-cents' as const }] };
    const preview = { ...said, hash: previewHashOf(said) };
    world.executes('countersign.action.previewed', { approval: asked.approval, preview, runDeadline: '2026-01-02T04:04:05.000Z' }, asked);
    const shown = await world.card(asked, (text) => text.includes('refunded | $0.00 | $123.45'));
    expect(shown.ts).toBe(card.ts);
    expect(actions(shown)).toContain('countersign.approve');
    await press('U0ADA', shown);
    expect(votes(asked.approval)).toMatchObject([{ data: { previewHash: preview.hash } }]);
    await world.card(asked, (text) => text.includes('1 of 1 said yes'));
  });

  const said = (escalation: string) => world.events('ballots').flatMap((event) => (event.type === 'countersign.answer.pressed' && event.data.escalation === escalation ? [(JSON.parse(event.data.word.value) as { readonly data: Readonly<Record<string, unknown>> }).data] : []));

  it('what a run asks is one card; a claim is one press, and an answer a modal that shows what follows: both are in the log before Slack has its answer', async () => {
    const asks = world.runAsks({ number: 1, choices: ['answer', 'stop'], fields: [{ name: 'amount_cents', field: 'task:/amount_cents', types: ['integer'] }] });
    const card = await world.card(asks);
    expect(actions(card)).toEqual(['countersign.claim', 'countersign.say.answer', 'countersign.say.stop']);
    expect(JSON.stringify(card.blocks)).not.toContain('<!channel>');
    expect(await press('U0ADA', card, 'countersign.claim')).toMatchObject({ kind: 'answered' });
    const common = { tenant: 'acme', by: 'spiffe://countersign.local/human/ada', escalation: asks.approval, asked: hashOfQuestion(asks.question), via: { slack: { team: 'T0SIMULATED', user: 'U0ADA' } } };
    expect(said(asks.approval)).toMatchObject([{ ...common, choice: 'claim' }]);
    world.plans('countersign.run.input-claimed', { escalation: asks.approval, by: 'spiffe://countersign.local/human/ada' as never, until: asks.question.deadline }, asks);
    const claimed = await world.card(asks, (text) => text.includes('claimed until'));
    await press('U0ADA', claimed, 'countersign.say.answer');
    expect(JSON.stringify((await modalOf('U0ADA')).view.blocks)).toContain('What follows');
    expect(said(asks.approval)).toHaveLength(1);
    expect(await world.sim.submit({ user: 'U0ADA', values: { 'countersign.field.0': { value: '700' }, 'countersign.reason': { reason: '' } } })).toMatchObject({ payload: { response_action: 'errors' } });
    expect(await world.sim.submit({ user: 'U0ADA', values: { 'countersign.field.0': { value: '700' }, 'countersign.reason': { reason: 'it stands there' } } })).toMatchObject({ kind: 'answered' });
    expect(said(asks.approval).at(-1)).toMatchObject({ ...common, choice: 'answer', given: { 'task:/amount_cents': 700 }, reason: 'it stands there' });
    world.plans('countersign.run.answer-refused', { escalation: asks.approval, by: 'spiffe://countersign.local/human/ada' as never, via: common.via, code: 'answer.invalid', message: 'it is too much' }, asks);
    await eventually('it is told', () => world.whispers('U0ADA').find((text) => text.includes('Your answer does not count: it is too much')));
    world.plans('countersign.run.input-expired', { escalation: asks.approval, step: asks.step, deadline: asks.question.deadline }, asks);
    expect(actions(await world.card(asks, (text) => text.includes('nobody answered')))).toEqual([]);
  });

  it('what makes a call again is not said in Slack, whoever makes such a press up; nor is a vote a word on what a run asks', async () => {
    const asks = world.runAsks({ number: 2, choices: ['done', 'not-done', 'stop'] });
    const card = await world.card(asks);
    expect(actions(card)).toEqual(['countersign.claim', 'countersign.say.done', 'countersign.say.stop']);
    const value = `${asks.approval}.${hashOfQuestion(asks.question).slice(0, 12)}`;
    for (const action of ['countersign.say.not-done', 'countersign.say.resume', 'countersign.approve', 'countersign.deny']) await world.sim.deliver(world.sim.pressPayload('U0ADA', card, { action_id: action, value }));
    await press('U0STRANGER', card, 'countersign.claim');
    await press('U0ADA', card, 'countersign.claim', { value: `${asks.approval}.${'0'.repeat(12)}` });
    await eventually('all are kept', () => (['press.unknown', 'answer.in-slack', 'slack.unmapped', 'action.differs'].every((code) => refusals(asks.approval).includes(code)) ? true : undefined));
    expect(said(asks.approval)).toEqual([]);
    expect(votes(asks.approval)).toEqual([]);
    const approval = world.ask({ number: 40 });
    const other = await world.card(approval);
    await world.sim.deliver(world.sim.pressPayload('U0ADA', other, { action_id: 'countersign.claim', value: `${approval.approval}.${approval.actionHash.slice(0, 12)}` }));
    await eventually('it is kept', () => (refusals(approval.approval).includes('press.unknown') ? true : undefined));
  });

  it('an answer that comes twice is one, and while the log takes nothing what was typed stays in the modal', async () => {
    const asks = world.runAsks({ number: 3, choices: ['done', 'stop'] });
    const card = await world.card(asks);
    const [claim] = buttonsOf(card);
    const payload = world.sim.pressPayload('U0ADA', card, claim ?? {});
    await Promise.all([world.sim.deliver(payload, { envelope: 'q-1' }), world.sim.deliver(payload, { envelope: 'q-2', retryNum: 1 })]);
    expect(said(asks.approval)).toHaveLength(1);
    await press('U0ADA', card, 'countersign.say.stop');
    await modalOf('U0ADA');
    const values = { 'countersign.reason': { reason: 'enough' } };
    world.isLogAway = true;
    expect(await world.sim.submit({ user: 'U0ADA', values })).toMatchObject({ payload: { response_action: 'errors', errors: { 'countersign.reason': 'Not recorded, try again.' } } });
    world.isLogAway = false;
    expect(await world.sim.submit({ user: 'U0ADA', values })).toMatchObject({ kind: 'answered' });
    expect(said(asks.approval).at(-1)).toMatchObject({ choice: 'stop', reason: 'enough' });
  });

  it('429, lost answers and dropped calls: a card is there, once', async () => {
    world.sim.trouble('chat.postMessage', { kind: 'rate-limit', seconds: 1 }, { kind: 'status', status: 500 }, { kind: 'lost' });
    const asked = world.ask({ number: 21 });
    await world.until('cards', 'countersign.card.shown', ({ card }) => card === asked.approval);
    expect(world.sim.workspace.messages.filter((message) => JSON.stringify(message.metadata).includes(asked.approval))).toHaveLength(1);
    expect(world.events('cards').flatMap((event) => (event.type === 'countersign.card.failed' && event.data.card === asked.approval ? [event.data.code] : []))).toEqual(['slack.ratelimited', 'slack.http-500', 'slack.unanswered']);
  });

  it.each<[string, Trouble, string, string]>([
    ['429', { kind: 'rate-limit', seconds: 1 }, 'ratelimited', 'slack.ratelimited'],
    ['a lost answer', { kind: 'lost' }, 'lost', 'slack.unanswered'],
    ['a dropped call', { kind: 'dropped' }, 'dropped', 'slack.unanswered'],
    ['a fault of Slack', { kind: 'status', status: 503 }, 'status 503', 'slack.http-503'],
  ])('%s at every other call: the modal opens once, the vote counts though nobody can be told, and the card comes to show it', async (what, trouble, met, code) => {
    const asked = world.ask({ number: 400 + what.length, quorum: 2 });
    const card = await world.card(asked);
    await world.until('cards', 'countersign.card.shown', ({ card: id }) => id === asked.approval);
    const whispers = world.whispers('U0GRACE').length;
    const calls = world.sim.calls.length;
    world.sim.trouble('views.open', trouble);
    await press('U0GRACE', card, 'countersign.view');
    await modalOf('U0GRACE');
    expect(world.whispers('U0GRACE')).toHaveLength(whispers);
    for (const method of ['chat.postEphemeral', 'chat.update']) world.sim.trouble(method, trouble);
    expect(await world.sim.submit({ user: 'U0GRACE' })).toMatchObject({ kind: 'answered' });
    expect(votes(asked.approval)).toHaveLength(1);
    expect((await world.card(asked, (text) => text.includes('1 of 2 said yes'))).ts).toBe(card.ts);
    await eventually('it is known to be shown', () => (world.events('cards').filter((event) => event.type === 'countersign.card.shown' && event.data.card === asked.approval).length > 1 ? true : undefined));
    expect(world.events('cards').flatMap((event) => (event.type === 'countersign.card.failed' && event.data.card === asked.approval ? [event.data.code] : []))).toEqual([code]);
    // What is told to one person alone is tried once.
    expect(world.whispers('U0GRACE')).toHaveLength(trouble.kind === 'lost' ? whispers + 1 : whispers);
    expect(world.sim.calls.slice(calls).flatMap(({ method, outcome }) => (outcome === met ? [method] : [])).toSorted()).toEqual(['chat.postEphemeral', 'chat.update', 'views.open']);
  });

  it('a card that was removed is posted again, and what Slack refuses for good is tried again later', async () => {
    const asked = world.ask({ number: 22, quorum: 2 });
    const card = await world.card(asked);
    await world.until('cards', 'countersign.card.shown', ({ card: id }) => id === asked.approval);
    world.sim.workspace.remove(card);
    await world.sim.deliver(world.sim.pressPayload('U0CEM', card, { action_id: 'countersign.approve', value: `${asked.approval}.${asked.actionHash.slice(0, 12)}` }));
    const again = await world.card(asked, (text) => text.includes('1 of 2 said yes'));
    expect(again.ts).not.toBe(card.ts);
  });

  it('a lost answer to Slack is one vote all the same, and a socket that drops comes back', async () => {
    const asked = world.ask({ number: 23, quorum: 2 });
    const card = await world.card(asked);
    world.sim.sockets.lost = 1;
    expect(await press('U0ADA', card)).toEqual({ kind: 'unanswered' });
    expect(votes(asked.approval)).toHaveLength(1);
    world.sim.sockets.drop(true);
    await eventually('the socket is gone', () => (world.sim.sockets.count === 0 ? true : undefined));
    await world.connected();
    await press('U0GRACE', await world.card(asked, (text) => text.includes('1 of 2 said yes')));
    await world.card(asked, (text) => text.includes('2 of 2 said yes'));
  });

  it('a card whose post nobody heard of is found again after a restart; a copy is closed', async () => {
    await world.stopSlack();
    const asked = world.ask({ number: 24 });
    await world.until('approvals', 'countersign.approval.requested', ({ approval }) => approval === asked.approval);
    // The one before posts it twice and dies before it hears of either.
    world.sim.trouble('chat.postMessage', { kind: 'lost' });
    await world.startSlack();
    await world.card(asked);
    await world.stopSlack();
    const [first] = world.sim.workspace.messages.filter((message) => JSON.stringify(message.metadata).includes(asked.approval));
    if (!first) throw new Error('there is no card');
    world.sim.workspace.post({ channel: first.channel, text: first.text, blocks: first.blocks, metadata: first.metadata });
    await world.startSlack();
    const { ts } = await world.until('cards', 'countersign.card.shown', ({ card }) => card === asked.approval);
    expect(ts).toBe(first.ts);
    const shown = world.sim.workspace.messages.filter((message) => JSON.stringify(message.metadata).includes(asked.approval));
    expect(shown.map(({ text }) => text.startsWith('A copy'))).toEqual([false, true]);
  });
});
