import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEvent, type Event } from '@countersign/contracts';
import { hours, minutes, sha256, timestamp, type Instant, type Principal } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, AGENT, APPROVERS, controlsWith, heard, proposalOf, REFUND, REFUND_DESK, RUN } from '@countersign/testing/refund-desk';
import type { ApprovalState } from './approval-state.js';
import { decideApproval } from './decide-approval.js';
import { evolveApprovals, freezeApprovals, initialApprovals, thawApprovals } from './evolve-approvals.js';
import { dueApprovals } from './stages.js';

/** Whatever people sign, in whatever order, and wherever the service is started again: what comes of it keeps to the rules. */

const person = (index: number): Principal => `spiffe://countersign.local/human/p${index}` as Principal;
const COUNT = 6;
const AUTHOR = person(4);
const SUBJECT = person(5);
const people = Array.from({ length: COUNT }, (_, index) => ({ subject: person(index), name: `p${index}`, publicKey: String.fromCharCode(65 + index).repeat(43), roles: index % 3 === 0 ? ['lead'] : ['finance'], ...(index < 4 && { group: ['emea', 'us'][index % 2] ?? '' }) }));
const BASE = controlsWith({ approvers: [{ ...APPROVERS, people }] });
const CONTROLS = { ...BASE, authors: new Map([...BASE.authors].map(([hash]) => [hash, [AUTHOR]])) };
const approvals: Core<ApprovalState> = { service: 'approvals', initialState: initialApprovals, evolve: evolveApprovals };

const { action, actionHash } = proposalOf(REFUND, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step } as const;
const DEADLINE = (NOW + hours(1)) as Instant;

const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('vote' as const), by: fc.nat(COUNT - 1), inPlaceOf: fc.option(fc.nat(COUNT - 1)), deny: fc.boolean().map((no) => no), stepUp: fc.boolean(), other: fc.nat(9).map((n) => n === 0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delegate' as const), by: fc.nat(COUNT - 1), to: fc.nat(COUNT - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('consent' as const), by: fc.nat(COUNT - 1), tier: fc.constantFrom(2 as const, 3 as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('escalate' as const), by: fc.nat(COUNT - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.nat(25) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

const eventOf = (one: Exclude<Act, { readonly kind: 'wait' | 'restart' }>, now: Instant, number: number): Event => {
  const by = person(one.by);
  const base = { ...place, service: 'operator', actor: by, subject: String(number), now } as const;
  switch (one.kind) {
    case 'vote':
      return newEvent({
        ...base,
        type: 'countersign.ballot.cast',
        data: { approval: 'ask-1', actionHash: one.other ? sha256('other') : actionHash, choice: one.deny && number % 5 === 0 ? 'deny' : 'approve', voter: by, reason: '', ...(one.inPlaceOf !== null && { onBehalfOf: person(one.inPlaceOf) }), ...(one.stepUp && { stepUp: 'typed' as const }) },
      });
    case 'delegate':
      return newEvent({ ...base, type: 'countersign.delegation.given', data: { delegation: `d-${number}`, to: person(one.to), roles: [], from: timestamp(now), until: timestamp((now + hours(1)) as Instant) } });
    case 'consent':
      return newEvent({ ...base, type: 'countersign.consent.given', data: { consent: `c-${number}`, name: 'any', tools: ['payments.refund'], tier: one.tier, until: timestamp((now + minutes(30)) as Instant) } });
    case 'escalate':
      return newEvent({ ...base, type: 'countersign.escalation.called', data: { approval: 'ask-1', reason: 'now' } });
  }
};

interface Question {
  readonly tier: number;
  readonly quorum: number;
  readonly at: number;
}

/** Plays acts, the question among them, and gives what was written. */
const play = (acts: readonly Act[], { tier, quorum, at }: Question): readonly Event[] => {
  let so: Given<ApprovalState> = given(approvals);
  let state = so.state;
  let now = NOW;
  const fold = (trigger: Written, decide: () => ReturnType<typeof decideApproval>): void => {
    const before = so.log.length;
    so = so.after(trigger, decide(), now);
    for (const { event, cause } of so.log.slice(before)) state = evolveApprovals(state, event, cause);
  };
  const ask = (): void => {
    const data = { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 1, tier, quorum, roles: ['finance'], deadline: timestamp(DEADLINE), remindAt: timestamp((NOW + minutes(30)) as Instant), escalateAt: timestamp((NOW + minutes(45)) as Instant), escalateTo: ['lead'], day: '2026-01-02', month: '2026-01', sub: SUBJECT, act: AGENT, runDeadline: timestamp(DEADLINE) };
    const required = heard(newEvent({ ...place, now, service: 'policy', type: 'countersign.approval.required', data }), 'decisions');
    fold(required, () => decideApproval(required.event, state, { now, controls: CONTROLS }));
  };
  for (const [number, one] of acts.entries()) {
    if (number === at) ask();
    if (one.kind === 'restart' || one.kind === 'wait') {
      if (one.kind === 'restart') state = thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(state))));
      else now = (now + minutes(one.minutes)) as Instant;
      for (const { cause, outgoing } of dueApprovals(state, { now })) fold({ event: so.newest.event, cause }, () => outgoing);
    } else {
      const event = eventOf(one, now, number);
      const trigger = heard(event, 'ballots', number);
      fold(trigger, () => decideApproval(event, state, { now, controls: CONTROLS, word: { value: event.id, jws: 'e30..AA', recordedAt: now } }));
    }
  }
  return so.log.map(({ event }) => event);
};

const ends = ['granted', 'rejected', 'expired', 'withdrawn'].map((end) => `countersign.approval.${end}`);

describe('whatever people sign', { timeout: 60_000 }, () => {
  const questions = fc.record({ tier: fc.constantFrom(2, 3, 4), quorum: fc.constantFrom(1, 2, 3), at: fc.nat(8) });

  it('nobody is in two votes, nobody votes who may not, and no group votes twice from tier 3 on', () => {
    let ofTwoGroups = 0;
    fc.assert(
      fc.property(fc.array(act, { minLength: 9, maxLength: 40 }), questions, (acts, question) => {
        const log = play(acts, question);
        const votes = log.flatMap((event) => (event.type === 'countersign.approval.vote-cast' ? [event.data] : []));
        const spent = votes.flatMap(({ voter, onBehalfOf }) => [voter, ...(onBehalfOf === undefined ? [] : [onBehalfOf])]);
        expect(new Set(spent).size).toBe(spent.length);
        expect(spent).not.toContain(AUTHOR);
        expect(spent).not.toContain(SUBJECT);
        if (question.tier < 3) return;
        const yes = votes.filter(({ choice }) => choice === 'approve');
        const groups = yes.map(({ voter, onBehalfOf }) => new Set([voter, ...(onBehalfOf === undefined ? [] : [onBehalfOf])].map((one) => people.find(({ subject }) => subject === one)?.group)));
        expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(groups.flatMap((group) => [...group])).size);
        ofTwoGroups += groups.length > 1 ? 1 : 0;
      }),
      { numRuns: 400 },
    );
    // Else it would say nothing.
    expect(ofTwoGroups).toBeGreaterThan(0);
  });

  it('a question ends once, with a yes only where the quorum is met, and each stage comes once and in order', () => {
    const seen = { granted: 0, escalated: 0 };
    fc.assert(
      fc.property(fc.array(act, { minLength: 9, maxLength: 40 }), questions, (acts, question) => {
        const log = play(acts, question);
        expect(log.filter(({ type }) => ends.includes(type)).length).toBeLessThanOrEqual(1);
        for (const stage of ['reminded', 'escalated', 'requested']) expect(log.filter(({ type }) => type === `countersign.approval.${stage}`).length).toBeLessThanOrEqual(1);
        expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
        const granted = log.find((event) => event.type === 'countersign.approval.granted');
        const yes = log.filter((event) => event.type === 'countersign.approval.vote-cast' && event.data.choice === 'approve').length;
        expect([yes >= question.quorum, yes <= question.quorum]).toEqual([granted !== undefined, true]);
        const end = log.findIndex(({ type }) => ends.includes(type));
        const [asked = -1, escalated = -1] = ['requested', 'escalated'].map((stage) => log.findIndex(({ type }) => type === `countersign.approval.${stage}`));
        expect(escalated < 0 || (asked < escalated && (end < 0 || escalated < end))).toBe(true);
        seen.granted += granted === undefined ? 0 : 1;
        seen.escalated += escalated < 0 ? 0 : 1;
        expect(end >= 0 && log.slice(end + 1).some(({ type }) => type === 'countersign.approval.vote-cast')).toBe(false);
      }),
      { numRuns: 400 },
    );
    expect(Object.values(seen).every((times) => times > 0)).toBe(true);
  });

  it('a restart changes nothing', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 9, maxLength: 30 }), questions, (acts, question) => {
        const still = acts.map((one): Act => (one.kind === 'restart' ? { kind: 'wait', minutes: 0 } : one));
        expect(play(acts, question)).toEqual(play(still, question));
      }),
      { numRuns: 200 },
    );
  });
});
