import { describe, expect, it } from 'vitest';
import { newEvent, type EventData, type EventType } from '@countersign/contracts';
import { hours, minutes, runIdOf, sha256, timestamp, type Instant, type Principal } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, ADA, AGENT, APPROVERS, CONTRACT, controlsWith, GRACE, heard, proposalOf, REFUND, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import type { Output } from '../output.js';
import type { ApprovalState } from './approval-state.js';
import { decideApproval } from './decide-approval.js';
import { evolveApprovals, freezeApprovals, initialApprovals, thawApprovals } from './evolve-approvals.js';
import { dueApprovals, nextApprovalDeadline } from './stages.js';

const approvals: Core<ApprovalState> = { service: 'approvals', initialState: initialApprovals, evolve: evolveApprovals };
const at = (after: number): Instant => (NOW + after) as Instant;
const [REMIND, ESCALATE, DEADLINE] = [at(minutes(30)), at(minutes(45)), at(hours(1))];

const person = (name: string): Principal => `spiffe://countersign.local/human/${name}` as Principal;
const [LEAD, HELP] = [person('lea'), person('hal')];
const [ada, grace] = APPROVERS.people;
if (!ada || !grace) throw new Error('nobody');
const PEOPLE = [
  { ...ada, group: 'emea' },
  { ...grace, group: 'us' },
  { ...ada, subject: LEAD, name: 'Lea', publicKey: 'C'.repeat(43), roles: ['lead'], group: 'us' },
  { ...ada, subject: HELP, name: 'Hal', publicKey: 'D'.repeat(43), roles: [], group: 'us' },
];
const CONTROLS = controlsWith({ approvers: [{ ...APPROVERS, people: PEOPLE }] });

const { action, actionHash } = proposalOf(REFUND, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;
type Asking = Partial<EventData<'countersign.approval.required'>>;
const ASKED: EventData<'countersign.approval.required'> = {
  approval: 'ask-1',
  action,
  actionHash,
  reasons: [],
  policySet: sha256('set'),
  controlEpoch: 1,
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  deadline: timestamp(DEADLINE),
  remindAt: timestamp(REMIND),
  escalateAt: timestamp(ESCALATE),
  escalateTo: ['lead'],
  day: '2026-01-02',
  month: '2026-01',
  sub: UPSTREAM,
  act: AGENT,
  runDeadline: timestamp(DEADLINE),
};
const required = (change: Asking = {}): Written => heard(newEvent({ ...place, service: 'policy', type: 'countersign.approval.required', subject: change.approval ?? 'ask-1', data: but(ASKED, change) }), 'decisions');
const said = <Type extends EventType>(by: Principal, type: Type, data: EventData<Type>, change: { readonly at?: Instant; readonly run?: typeof RUN } = {}): Written =>
  heard(newEvent({ ...place, service: 'operator', type, actor: by, subject: `${by} ${JSON.stringify(data)}`, data, now: change.at ?? NOW, ...(change.run && { run: change.run }) }), 'ballots');
const ballot = (voter: Principal, change: Partial<EventData<'countersign.ballot.cast'>> = {}, when = NOW): Written => said(voter, 'countersign.ballot.cast', { approval: 'ask-1', actionHash, choice: 'approve', voter, reason: 'checked', ...change }, { at: when });
const delegation = (from: Principal, to: Principal | undefined, change: Partial<EventData<'countersign.delegation.given'>> = {}): Written =>
  said(from, 'countersign.delegation.given', { delegation: `d-${from}`, ...(to !== undefined && { to }), roles: [], from: timestamp(NOW), until: timestamp(at(hours(48))), ...change });
const consent = (by: Principal, change: Partial<EventData<'countersign.consent.given'>> = {}, run = RUN): Written =>
  said(by, 'countersign.consent.given', { consent: `c-${by}`, name: 'the outage', tools: ['payments.refund'], tier: 2, until: timestamp(at(minutes(30))), ...change }, { run });

const on = (trigger: Written, now = NOW, controls = CONTROLS) => (state: ApprovalState): readonly Output[] =>
  decideApproval(trigger.event, state, { now, controls, word: { value: JSON.stringify(trigger.event), jws: 'e30..AA', recordedAt: now } });
const then = (so: Given<ApprovalState>, trigger: Written, now = NOW, controls = CONTROLS): Given<ApprovalState> => so.handle(trigger, on(trigger, now, controls), now);
const asked = (change: Asking = {}, so = given(approvals)): Given<ApprovalState> => then(so, required(change));
const types = (outputs: readonly Output[]): readonly string[] => outputs.map(({ type }) => type.replace('countersign.approval.', ''));
const codeOf = (so: Given<ApprovalState>, trigger: Written, now = NOW, controls = CONTROLS): string | undefined => {
  const [first] = so.when(on(trigger, now, controls));
  return first?.type === 'countersign.approval.ballot-refused' ? first.data.code : undefined;
};

describe('a question that nobody answers', () => {
  const due = (so: Given<ApprovalState>, now: Instant) => dueApprovals(so.state, { now });
  const pass = (so: Given<ApprovalState>, now: Instant): Given<ApprovalState> => due(so, now).reduce((next, { cause, outgoing }) => next.after({ event: so.newest.event, cause }, outgoing, now), so);

  it('is reminded of, escalates and expires, each once and at its time', () => {
    const so = asked();
    expect(nextApprovalDeadline(so.state)).toBe(REMIND);
    expect(due(so, (REMIND - 1) as Instant)).toEqual([]);
    const reminded = pass(so, REMIND);
    expect(types(due(so, REMIND).flatMap(({ outgoing }) => outgoing))).toEqual(['reminded']);
    expect([due(reminded, REMIND), nextApprovalDeadline(reminded.state)]).toEqual([[], ESCALATE]);
    const escalated = pass(reminded, ESCALATE);
    expect(due(reminded, ESCALATE)).toMatchObject([{ outgoing: [{ type: 'countersign.approval.escalated', data: { to: ['lead'], why: 'time' } }] }]);
    expect([due(escalated, ESCALATE), nextApprovalDeadline(escalated.state)]).toEqual([[], DEADLINE]);
    expect(types(due(escalated, DEADLINE).flatMap(({ outgoing }) => outgoing))).toEqual(['expired']);
    expect(nextApprovalDeadline(pass(escalated, DEADLINE).state)).toBeUndefined();
  });

  it('goes on after an outage where it is by now, and makes up for nothing', () => {
    expect(types(due(asked(), ESCALATE).flatMap(({ outgoing }) => outgoing))).toEqual(['escalated']);
    expect(types(due(asked(), DEADLINE).flatMap(({ outgoing }) => outgoing))).toEqual(['expired']);
    expect(nextApprovalDeadline(pass(asked(), ESCALATE).state)).toBe(DEADLINE);
  });

  it('gives each stage an id that is made of the question, whatever has been said since', () => {
    const voted = then(asked({ quorum: 2 }), ballot(ADA));
    expect(due(voted, REMIND)[0]?.cause).toEqual(due(asked({ quorum: 2 }), REMIND)[0]?.cause);
  });

  it('knows after a restart what has come', () => {
    for (const so of [asked(), pass(asked(), REMIND), pass(asked(), ESCALATE)]) {
      const thawed = thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(so.state))));
      expect([nextApprovalDeadline(thawed), dueApprovals(thawed, { now: ESCALATE })]).toEqual([nextApprovalDeadline(so.state), due(so, ESCALATE)]);
    }
  });

  it('is answered by the fallback roles once it has escalated, and not before', () => {
    expect(codeOf(asked(), ballot(LEAD))).toBe('voter.lacks-role');
    const escalated = pass(asked(), ESCALATE);
    expect(escalated.when(on(ballot(LEAD, {}, ESCALATE), ESCALATE))).toMatchObject([{ type: 'countersign.approval.vote-cast' }, { type: 'countersign.approval.granted', data: { escalated: true } }]);
    expect(types(escalated.when(on(ballot(ADA, {}, ESCALATE), ESCALATE)))).toEqual(['vote-cast', 'granted']);
  });

  it('escalates when somebody who may vote says so', () => {
    const call = (by: Principal): Written => said(by, 'countersign.escalation.called', { approval: 'ask-1', reason: 'they are asleep' });
    expect(asked().when(on(call(ADA)))).toMatchObject([{ type: 'countersign.approval.escalated', data: { to: ['lead'], why: 'called', by: ADA } }]);
    expect(types(asked().when(on(call(LEAD))))).toEqual(['escalated']);
    expect(codeOf(asked(), call(HELP))).toBe('voter.lacks-role');
    expect(codeOf(then(asked(), call(ADA)), call(ADA))).toBe('approval.escalated');
    const { escalateTo: _to, escalateAt: _at, ...alone } = ASKED;
    const so = then(given(approvals), heard(newEvent({ ...place, service: 'policy', type: 'countersign.approval.required', data: alone }), 'decisions'));
    expect(codeOf(so, call(ADA))).toBe('approval.no-fallback');
  });

  it('escalates at once where all who are asked are away and nobody stands in', () => {
    const away = then(then(given(approvals), delegation(ADA, undefined)), delegation(GRACE, undefined));
    expect(away.when(on(required()))).toMatchObject([{ type: 'countersign.approval.requested' }, { type: 'countersign.approval.escalated', data: { why: 'away' } }]);
    const covered = then(then(given(approvals), delegation(ADA, HELP)), delegation(GRACE, undefined));
    expect(types(covered.when(on(required())))).toEqual(['requested']);
    expect(types(then(given(approvals), delegation(ADA, undefined)).when(on(required())))).toEqual(['requested']);
  });
});

describe('two people', () => {
  it('are of different groups at tier 3, and a no of the same group is a no', () => {
    const so = then(asked({ tier: 3, quorum: 2, roles: [] }), ballot(GRACE));
    expect(codeOf(so, ballot(LEAD))).toBe('group.voted');
    expect(types(so.when(on(ballot(LEAD, { choice: 'deny' }))))).toEqual(['vote-cast', 'rejected']);
    expect(types(so.when(on(ballot(ADA))))).toEqual(['vote-cast', 'granted']);
    expect(types(then(asked({ tier: 2, quorum: 2, roles: [] }), ballot(GRACE)).when(on(ballot(LEAD))))).toEqual(['vote-cast', 'granted']);
  });
});

describe('whoever put the contract in force', () => {
  const byAda = { ...CONTROLS, authors: new Map([...CONTROLS.authors].map(([hash]) => [hash, [ADA]])) };

  it('approves nothing under it, by no means', () => {
    expect(CONTROLS.active?.contracts.map(({ document }) => document.id)).toEqual([CONTRACT.id]);
    const so = then(given(approvals), required(), NOW, byAda);
    expect(so.log[0]?.event.data).toMatchObject({ authors: [ADA] });
    expect(codeOf(so, ballot(ADA), NOW, byAda)).toBe('voter.is-author');
    expect(codeOf(given(approvals), consent(ADA), NOW, byAda)).toBe('voter.is-author');
    const lent = then(so, delegation(ADA, HELP), NOW, byAda);
    expect(codeOf(lent, ballot(HELP, { onBehalfOf: ADA }), NOW, byAda)).toBe('voter.is-author');
    expect(types(so.when(on(ballot(GRACE), NOW, byAda)))).toEqual(['vote-cast', 'granted']);
  });
});

describe('a delegation', () => {
  it('lets somebody vote with the roles of another, and goes with the vote', () => {
    const so = then(asked(), delegation(ADA, HELP));
    const [cast, granted] = so.when(on(ballot(HELP, { onBehalfOf: ADA })));
    expect(cast).toMatchObject({ type: 'countersign.approval.vote-cast', data: { voter: HELP, onBehalfOf: ADA, vote: { delegation: { jws: 'e30..AA' } } } });
    expect(granted).toMatchObject({ type: 'countersign.approval.granted' });
    expect(codeOf(so, ballot(HELP))).toBe('voter.lacks-role');
    expect(codeOf(asked(), ballot(HELP, { onBehalfOf: ADA }))).toBe('delegation.unknown');
    expect(codeOf(so, ballot(LEAD, { onBehalfOf: ADA }))).toBe('delegation.unknown');
  });

  it('counts within its time and until it is taken back, by whom it is of', () => {
    const later = delegation(ADA, HELP, { from: timestamp(at(minutes(10))), until: timestamp(at(minutes(20))) });
    const so = then(asked(), later);
    const vote = (when: Instant): Written => ballot(HELP, { onBehalfOf: ADA }, when);
    expect([codeOf(so, vote(NOW)), codeOf(so, vote(at(minutes(10))), at(minutes(10))), codeOf(so, vote(at(minutes(20))), at(minutes(20)))]).toEqual(['delegation.unknown', undefined, 'delegation.unknown']);
    const back = (by: Principal): Written => said(by, 'countersign.standing.withdrawn', { standing: `d-${ADA}` });
    const lent = then(asked(), delegation(ADA, HELP));
    expect(codeOf(lent, back(HELP))).toBe('standing.not-yours');
    expect(codeOf(then(lent, back(ADA)), vote(NOW))).toBe('delegation.unknown');
    expect(codeOf(then(lent, back(ADA)), back(ADA))).toBe('standing.unknown');
  });

  it('makes one vote of two people', () => {
    const so = then(then(asked({ quorum: 2 }), delegation(ADA, HELP)), ballot(HELP, { onBehalfOf: ADA }));
    expect(codeOf(so, ballot(ADA))).toBe('voter.voted');
    expect(codeOf(then(asked({ quorum: 2 }), ballot(ADA)), ballot(ADA))).toBe('voter.voted');
    expect(types(so.when(on(ballot(GRACE))))).toEqual(['vote-cast', 'granted']);
  });

  it.each([
    ['to oneself', delegation(ADA, ADA), 'delegation.invalid'],
    ['to a stranger', delegation(ADA, person('mallory')), 'delegation.invalid'],
    ['of a role that one does not have', delegation(ADA, HELP, { roles: ['lead'] }), 'delegation.invalid'],
    ['that ends before it begins', delegation(ADA, HELP, { until: timestamp((NOW - 1) as Instant) }), 'delegation.invalid'],
    ['for a year', delegation(ADA, HELP, { until: timestamp(at(hours(24 * 365))) }), 'delegation.invalid'],
    ['of a stranger', delegation(person('mallory'), ADA), 'voter.unknown'],
  ])('%s does not count', (_, trigger, code) => {
    expect(codeOf(given(approvals), trigger)).toBe(code);
  });

  it('that was signed long ago does not count', () => {
    expect(codeOf(given(approvals), delegation(ADA, HELP), at(minutes(6)))).toBe('vote.stale');
  });
});

describe('a consent', () => {
  it('is the vote of who gave it, on what its run asks later', () => {
    const so = then(given(approvals), consent(ADA));
    expect(types(so.when(on(required())))).toEqual(['requested', 'vote-cast', 'granted']);
    expect(so.when(on(required()))[1]).toMatchObject({ data: { voter: ADA, consent: `c-${ADA}`, vote: { jws: 'e30..AA' } } });
    const two = asked({ quorum: 2 }, so);
    expect(types(so.when(on(required({ quorum: 2 }))))).toEqual(['requested', 'vote-cast']);
    expect(codeOf(two, ballot(ADA))).toBe('voter.voted');
    expect(types(two.when(on(ballot(GRACE))))).toEqual(['vote-cast', 'granted']);
  });

  it.each([
    ['of another run', consent(ADA, {}, runIdOf(ACME, REFUND_DESK, '/helpdesk', 'another')), {}],
    ['for other tools', consent(ADA, { tools: ['crm.export'] }), {}],
    ['for less', consent(ADA), { tier: 3 }],
    ['for a step-up', consent(ADA, { tier: 3 }), { tier: 4 }],
    ['of somebody who may not vote', consent(HELP), {}],
    ['of whom the run acts for', consent(ADA), { sub: ADA }],
    ['on a limit of the run', consent(ADA), { over: ['tool-calls'] as const }],
    ['where only one person is asked', consent(ADA), { confirmation: true as const, sub: ADA }],
  ])('does not count %s', (_, trigger, change) => {
    expect(types(then(given(approvals), trigger).when(on(required(change as Asking))))).toEqual(['requested']);
  });

  it('counts until its time is over, its run is, or it is taken back', () => {
    const so = then(given(approvals), consent(ADA));
    expect(types(so.when(on(required(), at(minutes(30)))))).toEqual(['requested']);
    const closed = heard(newEvent({ ...place, service: 'policy', type: 'countersign.context.closed', data: { outcome: 'failed' } }), 'decisions');
    expect(types(so.when(on(closed)))).toEqual(['standing-ended']);
    expect(types(then(so, closed).when(on(required())))).toEqual(['requested']);
    expect(types(then(so, said(ADA, 'countersign.standing.withdrawn', { standing: `c-${ADA}` })).when(on(required())))).toEqual(['requested']);
  });

  it('is for hours at most', () => {
    expect(codeOf(given(approvals), consent(ADA, { until: timestamp(at(hours(5))) }))).toBe('consent.invalid');
    expect(codeOf(given(approvals), consent(ADA, { until: timestamp(NOW) }))).toBe('consent.invalid');
  });
});

describe('what is over', () => {
  it('is not asked any more: the run that asked is closed', () => {
    const closed = heard(newEvent({ ...place, service: 'policy', type: 'countersign.context.closed', data: { outcome: 'failed' } }), 'decisions');
    expect(asked().when(on(closed))).toMatchObject([{ type: 'countersign.approval.withdrawn', data: { approval: 'ask-1', why: 'run-closed' } }]);
    expect(codeOf(then(asked(), closed), ballot(ADA))).toBe('approval.not-open');
  });
});

describe('what is done without asking', () => {
  it('is told, with how long it may be taken back', () => {
    const notice = { reasons: [{ rule: 'told', code: 'rule.asks', message: 'above 10' }], roles: ['finance'], undoUntil: timestamp(DEADLINE) };
    const grant = { action, actionHash, iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat: 1, exp: 61, jti: 'jti-1', cnf: '0123456789abcdef', policySet: sha256('set'), controlEpoch: 1, rules: [], votes: [], tier: 0, quorum: 0, roles: [], runDeadline: timestamp(DEADLINE) };
    const allowed = (more: object): Written => heard(newEvent({ ...place, service: 'policy', type: 'countersign.action.allowed', data: { ...grant, ...more } as never }), 'decisions');
    expect(given(approvals).when(on(allowed({ notice })))).toMatchObject([{ type: 'countersign.approval.notified', data: { jti: 'jti-1', ...notice } }]);
    expect(given(approvals).when(on(allowed({})))).toEqual([]);
  });
});
