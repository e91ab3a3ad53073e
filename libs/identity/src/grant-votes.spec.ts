import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { actionHashOf, encodeEvent, newEvent, type Event, type EventData, type GivenApproval, type SignedVote, type SignedWord } from '@countersign/contracts';
import { hours, idempotencyKeyOf, minutes, runIdOf, sha256, timestamp, type Instant, type Principal, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { checkVotes, extensionHolds, voicesHeard, type VoteContext } from './grant-votes.js';
import { keyIdOf, rawPublicKeyOf } from './keys.js';
import { signAsPerson } from './jws.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const personOf = (name: string, roles: readonly string[], group?: string) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { subject: `spiffe://countersign.local/human/${name}` as Principal, name, privateKey, publicKey: rawPublicKeyOf(privateKey), roles, ...(group !== undefined && { group }) };
};
type Person = ReturnType<typeof personOf>;
const ada = personOf('ada', ['finance'], 'emea');
const bob = personOf('bob', ['finance'], 'emea');
const cem = personOf('cem', ['finance'], 'us');
const dan = personOf('dan', ['finance']);
const eva = personOf('eva', ['finance']);
const fay = personOf('fay', ['lead'], 'us');
const gus = personOf('gus', [], 'us');
/** The fields of an instance, as they are on the wire. */
const plain = <Of extends object>(of: Of): { [Field in keyof Of]: Of[Field] } => of;

const PEOPLE = [ada, bob, cem, dan, eva, fay, gus];

const [tenant, workflow] = ['acme' as Tenant, 'refund-desk' as Workflow];
const run = runIdOf(tenant, workflow, '/helpdesk', 'ticket-1');
const step = 'refund' as StepId;
const action = { tenant, workflow, run, step, tool: 'payments.refund', toolContractHash: sha256('tool'), args: { amount_cents: 1_200 }, destination: 'payments', idempotencyKey: idempotencyKeyOf(tenant, run, step), dryRun: false };
const actionHash = actionHashOf(action);
const of = { action, actionHash, sub: 'spiffe://countersign.local/tenant/acme/upstream' as Principal, act: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal };
const context: VoteContext = { directory: { people: PEOPLE }, authors: [], tool: {}, at: NOW };

const signed = <Type extends 'countersign.ballot.cast' | 'countersign.delegation.given' | 'countersign.consent.given'>(person: Person, type: Type, data: EventData<Type>, change: object = {}): SignedWord => {
  const event = newEvent({ service: 'operator', type, data, tenant, workflow, run, actor: person.subject, subject: person.name, now: NOW });
  const value = encodeEvent({ ...event, ...change });
  return { value: value.toString(), jws: signAsPerson(value, person.privateKey, keyIdOf(person.publicKey)) };
};
const yes = (voter: Person, change: Partial<EventData<'countersign.ballot.cast'>> = {}, delegation?: SignedWord): SignedVote => ({
  ...plain(signed(voter, 'countersign.ballot.cast', plain({ approval: 'ask-1', actionHash, choice: 'approve', voter: voter.subject, reason: 'checked', ...change }))),
  ...(delegation && { delegation }),
});
const delegation = (from: Person, to: Person, change: Partial<EventData<'countersign.delegation.given'>> = {}, at: object = {}): SignedWord =>
  signed(from, 'countersign.delegation.given', { delegation: 'd-1', to: to.subject, roles: [], from: timestamp((NOW - hours(1)) as Instant), until: timestamp((NOW + hours(1)) as Instant), ...change }, at);
const consent = (by: Person, change: Partial<EventData<'countersign.consent.given'>> = {}, at: object = {}): SignedVote =>
  signed(by, 'countersign.consent.given', { consent: 'c-1', name: 'the outage', tools: ['payments.refund'], tier: 2, until: timestamp((NOW + minutes(30)) as Instant), ...change }, at);

const asked = (votes: readonly SignedVote[], change: Partial<GivenApproval> = {}): GivenApproval => ({ approval: 'ask-1', tier: 2, quorum: votes.length, roles: ['finance'], votes: [...votes], ...change });
const codeOf = (votes: readonly SignedVote[], change: Partial<GivenApproval> = {}, more: Partial<VoteContext> = {}): string => {
  const verdict = checkVotes({ data: { ...of, ...plain(asked(votes, change)) } } as unknown as Event<'countersign.action.allowed'>, { ...context, ...more });
  return verdict.ok ? 'ok' : verdict.code;
};

describe('votes of a grant', () => {
  it('are none of those who put the contract in force, nor of their stand-ins', () => {
    expect(codeOf([yes(ada)])).toBe('ok');
    expect(codeOf([yes(ada)], {}, { authors: [ada.subject] })).toBe('voter.is-author');
    expect(codeOf([yes(bob, { onBehalfOf: ada.subject }, delegation(ada, bob))], {}, { authors: [ada.subject] })).toBe('voter.is-author');
    expect(codeOf([yes(ada, { onBehalfOf: bob.subject }, delegation(bob, ada))], {}, { authors: [ada.subject] })).toBe('voter.is-author');
    expect(codeOf([consent(ada)], {}, { authors: [ada.subject] })).toBe('voter.is-author');
  });

  it('are of different groups from tier 3 on, and those without a group are one', () => {
    expect(codeOf([yes(ada), yes(bob)], { tier: 2 })).toBe('ok');
    expect(codeOf([yes(ada), yes(bob)], { tier: 3 })).toBe('group.duplicate');
    expect(codeOf([yes(ada), yes(cem)], { tier: 3 })).toBe('ok');
    expect(codeOf([yes(dan), yes(eva)], { tier: 3 })).toBe('group.duplicate');
    expect(codeOf([yes(dan), yes(ada)], { tier: 3 })).toBe('ok');
  });

  it('bind exactly what was shown, and nothing where nothing was', () => {
    const [shown, other] = [sha256('shown'), sha256('other')];
    expect(codeOf([yes(ada, { previewHash: shown }), yes(cem, { previewHash: shown })], { previewHash: shown })).toBe('ok');
    expect(codeOf([yes(ada, { previewHash: shown }), yes(cem, { previewHash: other })], { previewHash: shown })).toBe('vote.invalid');
    expect(codeOf([yes(ada)], { previewHash: shown })).toBe('vote.invalid');
    expect(codeOf([yes(ada, { previewHash: shown })])).toBe('vote.invalid');
    expect(voicesHeard(asked([yes(ada, { previewHash: other }), yes(cem, { previewHash: shown })], { previewHash: shown }), of, context)).toHaveLength(1);
    // Whoever said yes beforehand has seen nothing, and knows it.
    expect(codeOf([consent(ada)], { previewHash: shown })).toBe('ok');
  });

  it('on going over a limit bind what was shown then', () => {
    const shown = sha256('shown');
    const extension = { ...plain(asked([yes(ada, { previewHash: shown })], { previewHash: shown })), over: ['usd' as const], by: { microUsd: 0, toolCalls: 0, writes: 0, records: 0, retries: 0 } };
    expect(extensionHolds(extension as never, of, context)).toBe(true);
    const { previewHash: _shown, ...without } = extension;
    expect(extensionHolds(without as never, of, context)).toBe(false);
  });

  it('take a step-up at tier 4', () => {
    expect(codeOf([yes(ada)], { tier: 4 })).toBe('vote.no-step-up');
    expect(codeOf([yes(ada, { stepUp: 'typed' })], { tier: 4 })).toBe('ok');
  });

  it('of fallback roles count where the question has escalated, and only there', () => {
    expect(codeOf([yes(fay)])).toBe('voter.not-entitled');
    expect(codeOf([yes(fay)], { fallback: ['lead'] })).toBe('ok');
    expect(voicesHeard(asked([yes(fay)], { fallback: ['lead'] }), of, context)).toHaveLength(1);
    expect(voicesHeard(asked([yes(fay)]), of, context)).toHaveLength(0);
  });
});

describe('the vote of a stand-in', () => {
  const standing = (change: Partial<EventData<'countersign.delegation.given'>> = {}, at: object = {}): SignedVote => yes(gus, { onBehalfOf: ada.subject }, delegation(ada, gus, change, at));

  it('counts as that of whom it is for, with the roles that were lent', () => {
    expect(codeOf([yes(gus)])).toBe('voter.not-entitled');
    expect(codeOf([standing()])).toBe('ok');
    expect(codeOf([standing({ roles: ['finance'] })])).toBe('ok');
    expect(codeOf([standing({ roles: ['support'] })])).toBe('voter.not-entitled');
  });

  it.each<[string, SignedVote]>([
    ['without a delegation', yes(gus, { onBehalfOf: ada.subject })],
    ['with a delegation to somebody else', yes(gus, { onBehalfOf: ada.subject }, delegation(ada, bob))],
    ['with a delegation of somebody else', yes(gus, { onBehalfOf: ada.subject }, delegation(bob, gus))],
    ['with a delegation that the stand-in wrote', yes(gus, { onBehalfOf: ada.subject }, { ...plain(delegation(gus, gus)), value: delegation(ada, gus).value })],
    ['with a delegation that is over', standing({ until: timestamp(NOW) })],
    ['with a delegation that has not begun', standing({ from: timestamp((NOW + 1) as Instant) })],
    ['with a delegation for longer than there are any', standing({ until: timestamp((NOW + hours(24 * 61)) as Instant) })],
    ['with a delegation for another workflow', standing({}, { workflow: 'another' })],
    ['with a delegation of another tenant', standing({}, { tenant: 'globex' })],
    ['with an absence', yes(gus, { onBehalfOf: ada.subject }, signed(ada, 'countersign.delegation.given', { delegation: 'd-1', roles: [], from: timestamp((NOW - 1) as Instant), until: timestamp((NOW + 1_000) as Instant) }))],
    ['with a vote in the place of a delegation', yes(gus, { onBehalfOf: ada.subject }, yes(ada))],
  ])('does not count %s', (_, vote) => {
    expect(codeOf([vote])).toBe('vote.invalid');
  });

  it('does not count where the stand-in may not vote', () => {
    expect(checkVotes({ data: { ...of, sub: gus.subject, ...plain(asked([standing()])) } } as unknown as Event<'countersign.action.allowed'>, context)).toMatchObject({ code: 'voter.is-subject' });
  });

  it('is the one vote of both, and of the groups of both', () => {
    expect(codeOf([standing(), yes(ada)])).toBe('voter.duplicate');
    expect(codeOf([yes(gus, { onBehalfOf: ada.subject }, delegation(ada, gus)), yes(gus, { onBehalfOf: cem.subject }, delegation(cem, gus))])).toBe('voter.duplicate');
    expect(codeOf([standing(), yes(cem)], { tier: 3 })).toBe('group.duplicate');
    expect(codeOf([standing(), yes(dan)], { tier: 3 })).toBe('ok');
  });
});

describe('a consent', () => {
  it('is a yes to what its run asks, of the one who gave it', () => {
    expect(codeOf([consent(ada)])).toBe('ok');
    expect(codeOf([consent(ada), yes(bob)])).toBe('ok');
    expect(codeOf([consent(ada), yes(ada)])).toBe('voter.duplicate');
    expect(codeOf([consent(gus)])).toBe('voter.not-entitled');
  });

  it.each<[string, SignedVote, Partial<GivenApproval>, Partial<VoteContext>]>([
    ['of another run', consent(ada, {}, { run: runIdOf(tenant, workflow, '/helpdesk', 'another') }), {}, {}],
    ['of another tenant', consent(ada, {}, { tenant: 'globex' }), {}, {}],
    ['that is over', consent(ada), {}, { at: (NOW + minutes(30)) as Instant }],
    ['for longer than anybody consents', consent(ada, { until: timestamp((NOW + hours(5)) as Instant) }), {}, {}],
    ['for other tools', consent(ada, { tools: ['crm.export'] }), {}, {}],
    ['for less', consent(ada), { tier: 3 }, {}],
    ['for a step-up', consent(ada, { tier: 3 }), { tier: 4 }, {}],
    ['for what cannot be taken back', consent(ada), {}, { tool: { reversible: false } }],
    ['for a tool that is not known', consent(ada), {}, { tool: undefined }],
  ])('does not count %s', (_, vote, change, more) => {
    expect(codeOf([vote], change, more)).toBe('vote.invalid');
  });

  it('lets nothing go over a limit', () => {
    const amounts = { microUsd: 0 as never, toolCalls: 1, writes: 0, records: 0, retries: 0 };
    const extension = { ...plain(asked([consent(ada)])), over: ['tool-calls' as const], by: amounts };
    expect(extensionHolds(extension, of, context)).toBe(false);
    expect(extensionHolds({ ...extension, votes: [yes(ada)] }, of, context)).toBe(true);
  });
});
