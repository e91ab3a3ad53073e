import { describe, expect, it } from 'vitest';
import { encodeEvent, newEvent, type Event, type EventData, type EventType, type SignedVote } from '@countersign/contracts';
import { actionHashOf } from '@countersign/contracts';
import { idempotencyKeyOf, runIdOf, sha256, type Instant, type KeyId, type Principal, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { verifyBallot, verifyPress } from './ballot.js';
import { checkVotes, type VoteContext } from './grant-votes.js';
import { signAsPerson } from './jws.js';
import { generateKey, keyIdOf, rawPublicKeyOf } from './keys.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const keyOf = () => {
  const privateKey = generateKey();
  const publicKey = rawPublicKeyOf(privateKey);
  return { privateKey, publicKey, id: keyIdOf(publicKey) };
};
const [slackKey, anotherService, adasKey] = [keyOf(), keyOf(), keyOf()];
const ada = { subject: 'spiffe://countersign.local/human/ada' as Principal, name: 'Ada', publicKey: adasKey.publicKey, roles: ['finance'], slack: 'T0ACME/U0ADA' };
const bob = { subject: 'spiffe://countersign.local/human/bob' as Principal, name: 'Bob', publicKey: keyOf().publicKey, roles: ['finance'] };
const directory = { people: [ada, bob] };
const slackKeys = (key: KeyId): string | undefined => (key === slackKey.id ? slackKey.publicKey : undefined);

const [tenant, workflow, step] = ['acme' as Tenant, 'refund-desk' as Workflow, 'refund' as StepId];
const run = runIdOf(tenant, workflow, '/helpdesk', 'ticket-1');
const action = { tenant, workflow, run, step, tool: 'payments.refund', toolContractHash: sha256('tool'), args: { amount_cents: 1_200 }, destination: 'payments', idempotencyKey: idempotencyKeyOf(tenant, run, step), dryRun: false };
const actionHash = actionHashOf(action);
const ADA_THERE = { slack: { team: 'T0ACME', user: 'U0ADA' } };

const event = <Type extends EventType>(type: Type, data: EventData<Type>, actor: Principal) => newEvent<Type>({ service: 'slack', type, data, tenant, workflow, run, step, actor, subject: 'press', now: NOW });
const signed = (of: Event, by = slackKey): SignedVote => {
  const value = encodeEvent(of);
  return { value: value.toString(), jws: signAsPerson(value, by.privateKey, by.id) };
};
const ballot = (change: Partial<EventData<'countersign.ballot.cast'>> = {}): Event =>
  event('countersign.ballot.cast', { approval: 'ask-1', actionHash, choice: 'approve', voter: ada.subject, reason: '', via: ADA_THERE, ...change }, change.voter ?? ada.subject);

describe('a vote that was cast in Slack', () => {
  const check = (of: SignedVote, keys = slackKeys) => verifyBallot(of, directory, keys);

  it('is its person’s where the Slack service has signed it for the user that the directory names', () => {
    expect(check(signed(ballot()))).toMatchObject({ ok: true, signer: { subject: ada.subject } });
  });

  it.each<[string, SignedVote, string]>([
    ['for somebody whom the directory names no user for', signed(ballot({ voter: bob.subject })), 'voter.not-entitled'],
    ['by another user', signed(ballot({ via: { slack: { team: 'T0ACME', user: 'U0BOB' } } })), 'voter.not-entitled'],
    ['by the same id in another workspace', signed(ballot({ via: { slack: { team: 'T0EVIL', user: 'U0ADA' } } })), 'voter.not-entitled'],
    ['signed by another service', signed(ballot(), anotherService), 'vote.invalid'],
    ['signed by the person, who signs no vote of Slack', signed(ballot(), adasKey), 'vote.invalid'],
    ['that says it was a step-up', signed(ballot({ stepUp: 'typed' })), 'vote.invalid'],
    ['in the place of somebody', signed(ballot({ onBehalfOf: bob.subject })), 'vote.invalid'],
  ])('is refused %s', (_, of, code) => expect(check(of)).toMatchObject({ ok: false, code }));

  it('is refused without a word of Slack in it: the service signs for nobody else', () => {
    const { via: _via, ...data } = (ballot() as Event<'countersign.ballot.cast'>).data;
    expect(check(signed({ ...ballot(), data } as Event))).toMatchObject({ ok: false, code: 'vote.invalid' });
  });

  it('is refused once the key is retired, or where none is known', () => {
    expect(check(signed(ballot()), () => undefined)).toMatchObject({ ok: false, code: 'vote.invalid' });
    expect(verifyBallot(signed(ballot()), directory)).toMatchObject({ ok: false, code: 'vote.invalid' });
  });

  it.each([
    event('countersign.delegation.given', { delegation: 'd', to: bob.subject, roles: [], from: '2026-01-02T03:04:05.000Z', until: '2026-01-03T03:04:05.000Z' }, ada.subject),
    event('countersign.consent.given', { consent: 'c', name: 'all of it', tools: ['payments.refund'], tier: 2, until: '2026-01-02T04:04:05.000Z' }, ada.subject),
    event('countersign.standing.withdrawn', { standing: 'd' }, ada.subject),
    event('countersign.escalation.called', { approval: 'ask-1', reason: 'now' }, ada.subject),
  ] as Event[])('is a vote and nothing else: $type', (of) => expect(check(signed(of))).toMatchObject({ ok: false, code: 'vote.invalid' }));
});

describe('a grant that rests on votes of Slack', () => {
  const context: VoteContext = { directory, slackKeys, authors: [], tool: {}, at: NOW };
  const codeOf = (votes: readonly SignedVote[], tier: number, more: Partial<VoteContext> = {}): string => {
    const data = { action, actionHash, sub: 'spiffe://countersign.local/tenant/acme/upstream', act: 'spiffe://countersign.local/service/x', approval: 'ask-1', tier, quorum: votes.length, roles: ['finance'], votes };
    const verdict = checkVotes({ data } as unknown as Event<'countersign.action.allowed'>, { ...context, ...more });
    return verdict.ok ? 'ok' : verdict.code;
  };

  it('holds up to the tier that the directory says, and never at tier 4', () => {
    expect(codeOf([signed(ballot())], 2)).toBe('ok');
    expect(codeOf([signed(ballot())], 3)).toBe('ok');
    expect(codeOf([signed(ballot())], 4)).toBe('vote.in-slack');
    expect(codeOf([signed(ballot())], 3, { directory: { ...directory, slackMaxTier: 2 } })).toBe('vote.in-slack');
    expect(codeOf([signed(ballot())], 4, { directory: { ...directory, slackMaxTier: 9 } })).toBe('vote.in-slack');
  });

  it('does not hold for whoever knows no key of the Slack service', () => {
    expect(codeOf([signed(ballot())], 2, { slackKeys: undefined })).toBe('vote.invalid');
    expect(codeOf([signed(ballot({ voter: bob.subject }))], 2)).toBe('voter.not-entitled');
  });
});

describe('a press that is no vote', () => {
  it('is what the Slack service has signed, and nobody else', () => {
    const of = event('countersign.press.refused', { approval: 'ask-1', slack: ADA_THERE.slack, code: 'slack.unmapped', message: 'nobody' }, ada.subject) as Event;
    expect(verifyPress(signed(of), slackKeys)).toEqual({ ok: true });
    expect(verifyPress(signed(of, anotherService), slackKeys)).toMatchObject({ ok: false });
    expect(verifyPress({ value: 'x', jws: '' }, slackKeys)).toMatchObject({ ok: false });
  });
});
