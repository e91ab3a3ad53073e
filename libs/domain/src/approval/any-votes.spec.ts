import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEvent, type Event, type EventData } from '@countersign/contracts';
import { hours, minutes, sha256, timestamp, type Instant, type Principal } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, AGENT, APPROVERS, controlsWith, heard, proposalOf, REFUND, REFUND_DESK, RUN } from '@countersign/testing/refund-desk';
import type { ApprovalState } from './approval-state.js';
import { decideApproval } from './decide-approval.js';
import { evolveApprovals, freezeApprovals, initialApprovals, thawApprovals } from './evolve-approvals.js';
import { STOPPED_KILLED } from '../reason-codes.js';
import { dueApprovals } from './stages.js';

/** Whatever people sign, in whatever order, and wherever the service is started again: what comes of it keeps to the rules. */

const person = (index: number): Principal => `spiffe://countersign.local/human/p${index}` as Principal;
const COUNT = 6;
const AUTHOR = person(4);
const SUBJECT = person(5);
const people = Array.from({ length: COUNT }, (_, index) => ({ subject: person(index), name: `p${index}`, publicKey: String.fromCharCode(65 + index).repeat(43), roles: index % 3 === 0 ? ['lead'] : ['finance'], ...(index < 4 && { group: ['emea', 'us'][index % 2] ?? '' }) }));

/** What is in force at one time: who is in the directory, and who put the agent's contract in force. */
const inForce = (there: readonly (typeof people)[number][], authors: readonly Principal[]) => {
  const base = controlsWith({ approvers: [{ ...APPROVERS, people: there }] });
  return { there: new Set(there.map(({ subject }) => subject)), authors, controls: { ...base, authors: new Map([...base.authors].map(([hash]) => [hash, authors])) } };
};
/** The first, and what people may put in its place: somebody leaves, somebody else is the author besides. */
const TIMES = [inForce(people, [AUTHOR]), inForce(people.slice(1), [AUTHOR]), inForce(people.filter((_, index) => index !== 2), [AUTHOR]), inForce(people, [AUTHOR, person(1)])] as const;
type Time = (typeof TIMES)[number];
const approvals: Core<ApprovalState> = { service: 'approvals', initialState: initialApprovals, evolve: evolveApprovals };

const { action, actionHash } = proposalOf(REFUND, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step } as const;
const DEADLINE = (NOW + hours(1)) as Instant;

const act = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('vote' as const), by: fc.nat(COUNT - 1), inPlaceOf: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(COUNT - 1) }), standIn: fc.option(fc.nat(9), { freq: 2 }), deny: fc.boolean(), stepUp: fc.nat(3).map((n) => n > 0), other: fc.nat(9).map((n) => n === 0) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delegate' as const), by: fc.nat(COUNT - 1), to: fc.option(fc.nat(COUNT - 1), { freq: 4 }), begins: fc.constantFrom(-30, 0, 0, 10), lasts: fc.constantFrom(20, 35, 90) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take-back' as const), which: fc.nat(9), by: fc.option(fc.nat(COUNT - 1), { freq: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), to: fc.nat(TIMES.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), how: fc.constantFrom('kill' as const, 'close' as const), doubt: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('consent' as const), by: fc.nat(COUNT - 1), tier: fc.constantFrom(2 as const, 3 as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('escalate' as const), by: fc.nat(COUNT - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.nat(25) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

/** What somebody has said once and for a while: a delegation or a consent. */
interface Standing {
  readonly id: string;
  readonly by: Principal;
  /** Who stands in, by a delegation. */
  readonly to?: Principal | undefined;
}

type Said = Exclude<Act, { readonly kind: 'wait' | 'restart' | 'change' | 'end' }>;

const eventOf = (one: Said, now: Instant, number: number, said: readonly Standing[]): Event => {
  const standing = one.kind === 'take-back' ? said[one.which % said.length] : undefined;
  // Else next to nobody would vote in the place of the one who has let them.
  const delegations = said.filter(({ to }) => to !== undefined);
  const lent = one.kind === 'vote' && one.standIn !== null ? delegations[one.standIn % delegations.length] : undefined;
  const by = lent?.to ?? (one.by === null ? (standing?.by ?? person(0)) : person(one.by));
  const base = { ...place, service: 'operator', actor: by, subject: String(number), now } as const;
  switch (one.kind) {
    case 'vote':
      return newEvent({
        ...base,
        type: 'countersign.ballot.cast',
        data: { approval: 'ask-1', actionHash: one.other ? sha256('other') : actionHash, choice: one.deny && number % 5 === 0 ? 'deny' : 'approve', voter: by, reason: '', ...(lent ? { onBehalfOf: lent.by } : one.inPlaceOf !== null && { onBehalfOf: person(one.inPlaceOf) }), ...(one.stepUp && { stepUp: 'typed' as const }) },
      });
    case 'delegate':
      return newEvent({ ...base, type: 'countersign.delegation.given', data: { delegation: `d-${number}`, ...(one.to !== null && { to: person(one.to) }), roles: [], from: timestamp((now + minutes(one.begins)) as Instant), until: timestamp((now + minutes(one.begins + one.lasts)) as Instant) } });
    case 'take-back':
      return newEvent({ ...base, type: 'countersign.standing.withdrawn', data: { standing: standing?.id ?? 'none' } });
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

/** What policy says that takes a question back. */
const endOf = (how: 'kill' | 'close', now: Instant): Written => {
  const base = { ...place, service: 'policy', now } as const;
  if (how === 'close') return heard(newEvent({ ...base, type: 'countersign.context.closed', data: { outcome: 'failed' } }), 'decisions');
  const reasons = [{ rule: 'stop', code: STOPPED_KILLED, message: 'all is stopped: an incident' }];
  return heard(newEvent({ ...base, type: 'countersign.action.denied', data: { action, actionHash, reasons, policySet: sha256('set'), controlEpoch: 1 } }), 'decisions');
};

interface Line {
  readonly event: Event;
  /** What was in force when it was written. */
  readonly time: Time;
}

const standingsIn = (log: readonly Pick<Line, 'event'>[]): readonly Standing[] =>
  log.flatMap(({ event }) => (event.type === 'countersign.approval.delegated' ? [{ id: event.data.delegation, by: event.data.by, to: event.data.to }] : event.type === 'countersign.approval.consented' ? [{ id: event.data.consent, by: event.data.by }] : []));

/** Plays acts, the question among them, and gives what was written. */
const play = (acts: readonly Act[], { tier, quorum, at }: Question): readonly Line[] => {
  let time: Time = TIMES[0];
  const times: Time[] = [];
  let so: Given<ApprovalState> = given(approvals);
  let state = so.state;
  let now = NOW;
  const fold = (trigger: Written, decide: () => ReturnType<typeof decideApproval>): void => {
    const before = so.log.length;
    so = so.after(trigger, decide(), now);
    for (const { event, cause } of so.log.slice(before)) {
      state = evolveApprovals(state, event, cause);
      times.push(time);
    }
  };
  const ask = (): void => {
    const data = { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 1, tier, quorum, roles: ['finance'], deadline: timestamp(DEADLINE), remindAt: timestamp((NOW + minutes(30)) as Instant), escalateAt: timestamp((NOW + minutes(45)) as Instant), escalateTo: ['lead'], day: '2026-01-02', month: '2026-01', sub: SUBJECT, act: AGENT, runDeadline: timestamp(DEADLINE) };
    const required = heard(newEvent({ ...place, now, service: 'policy', type: 'countersign.approval.required', data }), 'decisions');
    fold(required, () => decideApproval(required.event, state, { now, controls: time.controls }));
  };
  for (const [number, one] of acts.entries()) {
    if (number === at) ask();
    if (one.kind === 'restart' || one.kind === 'wait') {
      if (one.kind === 'restart') state = thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(state))));
      else now = (now + minutes(one.minutes)) as Instant;
      for (const { cause, outgoing } of dueApprovals(state, { now })) fold({ event: so.newest.event, cause }, () => outgoing);
    } else if (one.kind === 'change') {
      time = TIMES[one.to] ?? time;
    } else if (one.kind === 'end') {
      if (one.doubt > 0) continue;
      const trigger = endOf(one.how, now);
      fold(trigger, () => decideApproval(trigger.event, state, { now, controls: time.controls }));
    } else {
      const event = eventOf(one, now, number, standingsIn(so.log));
      const trigger = heard(event, 'ballots', number);
      fold(trigger, () => decideApproval(event, state, { now, controls: time.controls, word: { value: event.id, jws: 'e30..AA', recordedAt: now } }));
    }
  }
  return so.log.map(({ event }, index) => ({ event, time: times[index] ?? time }));
};

const ends = ['granted', 'rejected', 'expired', 'withdrawn'].map((end) => `countersign.approval.${end}`);

const pick = ({ voter, onBehalfOf, choice }: EventData<'countersign.approval.vote-cast'>) => ({ people: [voter, ...(onBehalfOf === undefined ? [] : [onBehalfOf])], choice });
const groupOf = (one: Principal): string | undefined => people.find(({ subject }) => subject === one)?.group;

describe('whatever people sign', { timeout: 60_000 }, () => {
  const acts = fc.array(act, { minLength: 9, maxLength: 40, size: 'max' });
  const questions = fc.record({ tier: fc.constantFrom(2, 3, 4), quorum: fc.constantFrom(1, 2, 3), at: fc.nat(8) });

  it('nobody is in two votes, nobody votes who may not, and no group votes twice from tier 3 on', () => {
    const seen = { ofTwoGroups: 0, afterAChange: 0 };
    fc.assert(
      fc.property(acts, questions, (played, question) => {
        const votes = play(played, question).flatMap(({ event, time }) => (event.type === 'countersign.approval.vote-cast' ? [{ ...pick(event.data), time }] : []));
        for (const [index, { people: of, time, choice }] of votes.entries()) {
          expect(of.filter((one) => one === SUBJECT || time.authors.includes(one) || !time.there.has(one))).toEqual([]);
          // A vote that somebody is in who has left the directory meanwhile does not count any more, and spends nobody.
          const before = votes.slice(0, index).filter((other) => other.people.every((one) => time.there.has(one)));
          expect(of.filter((one) => before.some((other) => other.people.includes(one)))).toEqual([]);
          seen.afterAChange += index > 0 && votes[index - 1]?.time !== time ? 1 : 0;
          if (question.tier < 3 || choice === 'deny') continue;
          const groups = before.flatMap((other) => other.people.map(groupOf));
          expect(of.filter((one) => groups.includes(groupOf(one)))).toEqual([]);
          seen.ofTwoGroups += before.length > 0 ? 1 : 0;
        }
      }),
      { numRuns: 400 },
    );
    // Else it would say nothing.
    expect(Object.values(seen).every((times) => times > 0)).toBe(true);
  });

  it('a vote in the place of somebody rests on a delegation of then, and a yes given beforehand on a consent, neither of them taken back', () => {
    const seen = { inPlaceOf: 0, beforehand: 0, takenBack: 0, refused: 0 };
    fc.assert(
      fc.property(acts, questions, (played, question) => {
        const log = play(played, question).map(({ event }) => event);
        for (const [index, event] of log.entries()) {
          seen.takenBack += event.type === 'countersign.approval.standing-ended' && event.data.why === 'withdrawn' ? 1 : 0;
          seen.refused += event.type === 'countersign.approval.ballot-refused' && event.data.code === 'delegation.unknown' ? 1 : 0;
          if (event.type !== 'countersign.approval.vote-cast') continue;
          const { voter, onBehalfOf, consent } = event.data;
          const before = log.slice(0, index);
          const ended = before.flatMap((other) => (other.type === 'countersign.approval.standing-ended' ? [other.data.standing] : []));
          const lent = before.some(({ type, data }) => type === 'countersign.approval.delegated' && data.by === onBehalfOf && data.to === voter && data.from <= event.time && event.time < data.until && !ended.includes(data.delegation));
          const agreed = before.some(({ type, data }) => type === 'countersign.approval.consented' && data.consent === consent && data.by === voter && event.time < data.until && !ended.includes(data.consent));
          expect({ onBehalfOf, lent: onBehalfOf !== undefined && lent, consent, agreed }).toEqual({ onBehalfOf, lent: onBehalfOf !== undefined, consent, agreed: consent !== undefined });
          seen.inPlaceOf += onBehalfOf === undefined ? 0 : 1;
          seen.beforehand += consent === undefined ? 0 : 1;
        }
      }),
      { numRuns: 400 },
    );
    expect(Object.values(seen).every((times) => times > 0)).toBe(true);
  });

  it('a question ends once, with a yes only where the quorum is met, and each stage comes once and in order', () => {
    const seen = { granted: 0, escalated: 0, withdrawn: 0 };
    fc.assert(
      fc.property(acts, questions, (played, question) => {
        const log = play(played, question).map(({ event }) => event);
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
        seen.withdrawn += log[end]?.type === 'countersign.approval.withdrawn' ? 1 : 0;
        expect(end >= 0 && log.slice(end + 1).some(({ type }) => type === 'countersign.approval.vote-cast')).toBe(false);
      }),
      { numRuns: 400 },
    );
    expect(Object.values(seen).every((times) => times > 0)).toBe(true);
  });

  it('a restart changes nothing', () => {
    fc.assert(
      fc.property(acts, questions, (played, question) => {
        const still = played.map((one): Act => (one.kind === 'restart' ? { kind: 'wait', minutes: 0 } : one));
        const eventsOf = (some: readonly Act[]): readonly Event[] => play(some, question).map(({ event }) => event);
        expect(eventsOf(played)).toEqual(eventsOf(still));
      }),
      { numRuns: 200 },
    );
  });
});
