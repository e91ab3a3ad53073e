import { describe, expect, it } from 'vitest';
import { newEvent, type CardOpenedV1, type Cause, type Event, type EventData, type EventType } from '@countersign/contracts';
import { hours, minutes, sha256, timestamp, type Instant, type RunId, type StepId } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, AGENT, APPROVERS, CONTRACT, controlsWith, GET_CHARGE, proposalOf, REFUND, REFUND_DESK, REVERSE, REVERSIBLE, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import { undoStepOf } from '../undo/undo.js';
import type { CardState } from './card-state.js';
import { decideShown, openCardWork, workForCard, type CardOutcome, type CardWork, type ShowWork } from './card-work.js';
import { decideCard } from './decide-card.js';
import { evolveCards, freezeCards, initialCards, thawCards } from './evolve-cards.js';

const CONTROLS = controlsWith();
const { action, actionHash } = proposalOf(REFUND, 'refund');
const DEADLINE = timestamp((NOW + hours(1)) as Instant);
const CONTEXT = { controls: CONTROLS, channel: 'C0CHANNEL' };

const event = <Type extends EventType>(type: Type, data: EventData<Type>, more: object = {}): Event => newEvent<Type>({ service: 'approvals', type, data, tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, subject: JSON.stringify(data).slice(0, 40), now: NOW, ...more }) as Event;
const REQUESTED = event('countersign.approval.requested', { approval: 'ask-1', action, actionHash, reasons: [], tier: 2, quorum: 1, roles: ['finance'], deadline: DEADLINE, sub: UPSTREAM, act: AGENT, authors: [] });
const about = { approval: 'ask-1', actionHash };

/** The service: it folds what it decides, and asks for work as the bus would. */
class Service {
  constructor(private readonly context: Parameters<typeof decideCard>[2] = CONTEXT) {}

  state: CardState = initialCards();
  readonly written: Event[] = [];
  work: CardWork[] = [];

  hear(...events: readonly Event[]): this {
    for (const one of events) this.write(decideCard(one, this.state, this.context));
    return this;
  }

  /** What came of the next call of Slack. */
  told(outcome: CardOutcome, now: Instant = NOW): this {
    const [next, ...rest] = this.work;
    if (!next) throw new Error('nothing is to be told');
    this.work = rest;
    this.write(decideShown(next, outcome, this.state, now), now);
    return this;
  }

  /** The process dies, and another one goes on from a snapshot. */
  restart(): this {
    this.state = thawCards(JSON.parse(JSON.stringify(freezeCards(this.state))));
    this.work = [...openCardWork(this.state)];
    return this;
  }

  get card() {
    return this.state.cards.get('ask-1');
  }

  private write(outputs: ReturnType<typeof decideCard>, now: Instant = NOW): void {
    for (const output of outputs) {
      const written = newEvent({ ...output, service: 'slack', now } as never) as Event;
      const cause: Cause = { id: written.id, topic: 'cards', offset: this.written.length, sha256: sha256(written.id) };
      this.written.push(written);
      this.state = evolveCards(this.state, written, cause);
      this.work.push(...workForCard(this.state, written, cause));
    }
  }
}
const TS = { kind: 'shown', ts: '1.000001' } as const;
const show = (service: Service): ShowWork => {
  const [work] = service.work;
  if (work?.kind !== 'show') throw new Error('no card is to be shown');
  return work;
};

describe('a card of what people are asked', () => {
  it('is opened in the channel of its role, else of the directory, else of the service, else not at all', () => {
    const channelWith = (slackChannels: Readonly<Record<string, string>> | undefined, channel: string | undefined): string | undefined => {
      const active = CONTROLS.active?.approvers && { ...CONTROLS.active, approvers: { ...CONTROLS.active.approvers, document: { ...APPROVERS, ...(slackChannels && { slackChannels }) } } };
      const [opened] = decideCard(REQUESTED, initialCards(), { controls: { ...CONTROLS, ...(active && { active }) }, channel });
      return opened?.type === 'countersign.card.opened' ? opened.data.channel : undefined;
    };
    expect(channelWith({ finance: 'C0FINANCE', default: 'C0DEFAULT' }, 'C0CHANNEL')).toBe('C0FINANCE');
    expect(channelWith({ default: 'C0DEFAULT' }, 'C0CHANNEL')).toBe('C0DEFAULT');
    expect(channelWith(undefined, 'C0CHANNEL')).toBe('C0CHANNEL');
    expect(channelWith(undefined, undefined)).toBeUndefined();
  });

  it('is told one call at a time: what changes meanwhile is told at once after it, all together', () => {
    const service = new Service().hear(REQUESTED);
    expect(service.work).toHaveLength(1);
    service.hear(event('countersign.approval.reminded', { approval: 'ask-1', deadline: DEADLINE }), event('countersign.approval.expired', { ...about, deadline: DEADLINE }));
    expect(service.work).toHaveLength(1);
    service.told(TS);
    expect(show(service).card).toMatchObject({ revision: 2, isReminded: true, answer: { what: 'expired' }, shown: { ts: '1.000001', revision: 0 } });
    service.told(TS);
    expect(service.work).toEqual([]);
    expect(service.card?.shown).toEqual({ ts: '1.000001', revision: 2 });
  });

  it('is tried again later and later, as Slack wants, and given up a day after its question', () => {
    const service = new Service().hear(REQUESTED);
    service.told({ kind: 'failed', code: 'slack.ratelimited', wait: minutes(2) });
    expect(show(service)).toMatchObject({ attempt: 2, mayBePosted: true, notBefore: NOW + minutes(2) });
    service.told({ kind: 'failed', code: 'slack.unanswered' });
    expect(show(service).notBefore).toBe(NOW + 2_000);
    service.told({ kind: 'failed', code: 'slack.channel-not-found' }, (NOW + hours(26)) as Instant);
    expect(service.work).toEqual([]);
    expect(service.written.at(-1)?.data).not.toHaveProperty('again');
    service.hear(event('countersign.approval.reminded', { approval: 'ask-1', deadline: DEADLINE }));
    expect(service.work).toHaveLength(1);
  });

  it('that may have been posted is looked for after a restart, once the call before is over for certain', () => {
    const service = new Service().hear(REQUESTED).restart();
    expect(show(service)).toMatchObject({ mayBePosted: true, notBefore: NOW + 10_000 });
    service.told(TS).restart();
    expect(service.work).toEqual([]);
    service.hear(event('countersign.approval.granted', { ...about, votes: [] })).restart();
    expect(show(service)).toMatchObject({ mayBePosted: false, card: { shown: { ts: '1.000001' } } });
  });

  it('shows what is done under its approval, what undoes it, and the end of its run', () => {
    const attempt = { jti: 'j', actionHash, attempt: 1 };
    const undo = 'run-undo0000000000000000' as RunId;
    const service = new Service().hear(
      REQUESTED,
      event('countersign.action.succeeded', { ...attempt, outsideId: 're_1', latencyMs: 1, usedMicroUsd: 0 as never, readBack: true, result: {} }),
      event('countersign.action.failed', { ...attempt, code: 'http.503', latencyMs: 1, retrying: true }),
      event('countersign.grant.refused', { jti: 'j', actionHash, code: 'expired', message: 'late', mayBeDone: false }),
    );
    expect(service.card?.effect).toMatchObject({ what: 'done', outsideId: 're_1' });
    service.hear(event('countersign.run.started', { task: 't', source: 's', contract: { id: 'c', version: 1, hash: sha256('c') }, agent: AGENT, subject: UPSTREAM, input: {}, undoes: { run: RUN, step: action.step }, deadline: DEADLINE }, { run: undo, step: undefined }));
    expect(service.card?.effect).toMatchObject({ what: 'undoing', outsideId: 're_1' });
    service.restart().hear(event('countersign.run.closed', { task: 't', source: 's', outcome: 'succeeded', reason: '', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as never }, sideEffects: [], events: { count: 0, root: sha256('') } }, { run: undo, step: undefined }));
    expect(service.card?.effect).toMatchObject({ what: 'undone', outsideId: 're_1' });
  });

  const BOTH = [REVERSIBLE.id, REVERSE.id];
  it.each([
    ['is read back as it should be', 'countersign.action.verified', {}, 'refund', true, BOTH],
    ['is done, and its tool reads nothing back', 'countersign.action.succeeded', { readBack: false }, 'refund', true, BOTH],
    ['is not read back yet', 'countersign.action.succeeded', { readBack: true }, 'refund', false, BOTH],
    ['undoes something itself', 'countersign.action.verified', {}, undoStepOf('refund' as StepId), false, BOTH],
    ['is of an agent that may not make the call which undoes it', 'countersign.action.verified', {}, 'refund', false, [REVERSIBLE.id]],
  ] as const)('says until when a person can have undone what %s', (_, type, more, step, isPossible, write) => {
    const refund = proposalOf(REVERSIBLE, step);
    const desk = { controls: controlsWith({ contracts: [{ ...CONTRACT, tools: { read: [GET_CHARGE.id], write } }], tools: [GET_CHARGE, REVERSIBLE, REVERSE] }), channel: 'C0CHANNEL' };
    const place = { step: refund.action.step };
    const requested = event('countersign.approval.requested', { approval: 'ask-1', action: refund.action, actionHash: refund.actionHash, reasons: [], tier: 2, quorum: 1, roles: ['finance'], deadline: DEADLINE, sub: UPSTREAM, act: AGENT, authors: [] }, place);
    const done = event(type, { jti: 'j', actionHash: refund.actionHash, attempt: 1, latencyMs: 1, usedMicroUsd: 0 as never, result: {}, ...more } as never, place);
    expect(new Service(desk).hear(requested, done).restart().card?.effect?.undoUntil).toBe(isPossible ? NOW + hours(1) : undefined);
  });

  it('hears of another action of the same step nothing', () => {
    const service = new Service().hear(REQUESTED, event('countersign.action.failed', { jti: 'j', actionHash: sha256('another'), attempt: 1, code: 'http.409', latencyMs: 1, retrying: false }));
    expect(service.card?.effect).toBeUndefined();
  });

  it('tells whoever cast a vote in Slack that it does not count, and nobody who did not', () => {
    const refused = { approval: 'ask-1', by: ADA, code: 'voter.voted', message: 'again' };
    const service = new Service().hear(REQUESTED).told(TS);
    service.hear(event('countersign.approval.ballot-refused', refused));
    expect(service.work).toEqual([]);
    service.hear(event('countersign.approval.ballot-refused', { ...refused, via: { slack: { team: 'T0', user: 'U0ADA' } } }));
    expect(service.work).toMatchObject([{ kind: 'tell', channel: 'C0CHANNEL', told: { slack: { user: 'U0ADA' }, code: 'voter.voted' } }]);
  });

  it('of what a run asks follows it to the end of the run, and tells whoever answered in Slack alone that it does not count', () => {
    const question = { escalation: 'escalation-1', reason: 'data.missing' as const, step: action.step, message: '`charge` is missing', evidence: [], choices: ['answer' as const, 'stop' as const], role: 'finance', escalateTo: ['lead'], otherwise: 'invalid' as const, deadline: DEADLINE };
    const of = { escalation: 'escalation-1' };
    const card = (service: Service) => service.state.cards.get('escalation-1');
    const service = new Service().hear(event('countersign.run.input-requested', question)).told(TS);
    expect(card(service)).toMatchObject({ opened: { kind: 'input', channel: 'C0CHANNEL', question, people: ['Ada', 'Grace'], isAnsweredHere: true }, shown: { ts: '1.000001' } });
    service.hear(event('countersign.run.input-claimed', { ...of, by: ADA, until: DEADLINE }), event('countersign.run.input-reminded', { ...of, deadline: DEADLINE }), event('countersign.run.input-escalated', { ...of, to: ['lead'], deadline: DEADLINE }));
    expect(card(service)).toMatchObject({ claimed: { by: 'Ada', until: NOW + hours(1) }, isReminded: true, escalatedTo: ['lead'] });
    service.told(TS).told(TS).restart();
    const refused = { ...of, by: ADA, code: 'answer.invalid', message: '`charge` is still missing' };
    service.hear(event('countersign.run.answer-refused', refused));
    expect(service.work).toEqual([]);
    service.hear(event('countersign.run.answer-refused', { ...refused, via: { slack: { team: 'T0', user: 'U0ADA' } } }));
    expect(service.work).toMatchObject([{ kind: 'tell', about: 'answer', told: { slack: { user: 'U0ADA' }, code: 'answer.invalid' } }]);
    service.work = [];
    service.hear(event('countersign.run.input-answered', { ...of, asked: sha256('q'), by: ADA, reason: 'it stands there', word: { value: '', jws: '' }, choice: 'answer', given: { 'task:/charge': 'ch_1' }, step: action.step }));
    expect(card(service)?.answer).toMatchObject({ what: 'answered', by: 'Ada', choice: 'answer' });
    service.hear(event('countersign.run.closed', { task: 't', source: 's', outcome: 'succeeded', reason: '', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as never }, sideEffects: [], events: { count: 0, root: sha256('') } }, { step: undefined }));
    expect(card(service)?.ended).toMatchObject({ code: 'succeeded' });
    expect(card(service)?.effect).toBeUndefined();
  });

  it('of what a run asks is not there where nobody names a channel, and says where nobody answers in Slack', () => {
    const question = { escalation: 'escalation-1', reason: 'confidence.low' as const, step: action.step, message: 'is it?', evidence: [], choices: ['resume' as const, 'stop' as const], role: 'finance', otherwise: 'expired' as const, deadline: DEADLINE };
    const of = event('countersign.run.input-requested', question);
    expect(decideCard(of, initialCards(), { controls: CONTROLS })).toEqual([]);
    const active = CONTROLS.active?.approvers && { ...CONTROLS.active, approvers: { ...CONTROLS.active.approvers, document: { ...APPROVERS, slackMaxTier: 1 } } };
    const [opened] = decideCard(of, initialCards(), { controls: { ...CONTROLS, ...(active && { active }) }, channel: 'C0CHANNEL' });
    expect(opened?.data).not.toHaveProperty('isAnsweredHere');
  });

  it('is forgotten a day after it was over, and Slack keeps it as it is', () => {
    const service = new Service().hear(REQUESTED).told(TS);
    const later = newEvent({ service: 'slack', type: 'countersign.card.opened', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, subject: 'x', now: (NOW + hours(26)) as Instant, data: Object.assign({}, service.card?.opened as CardOpenedV1, { card: 'ask-2' }) }) as Event;
    service.state = evolveCards(service.state, later, { id: later.id, topic: 'cards', offset: 99, sha256: sha256('x') });
    expect([...service.state.cards.keys()]).toEqual(['ask-2']);
  });
});
