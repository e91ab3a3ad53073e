import { describe, expect, it } from 'vitest';
import { newEvent, type EventData, type SignedVote } from '@countersign/contracts';
import { hours, minutes, runIdOf, sha256, timestamp, type Instant, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, ADA, AGENT, APPROVERS, controlsWith, GRACE, heard, proposalOf, REFUND, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import type { Output } from '../output.js';
import type { ApprovalContext } from './approval-context.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';
import { decideApproval } from './decide-approval.js';
import { evolveApprovals, freezeApprovals, initialApprovals, thawApprovals } from './evolve-approvals.js';
import { dueApprovals, nextApprovalDeadline } from './stages.js';

const approvals: Core<ApprovalState> = { service: 'approvals', initialState: initialApprovals, evolve: evolveApprovals };

const DEADLINE = (NOW + hours(1)) as Instant;
const { action, actionHash } = proposalOf(REFUND, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;

type Asking = Partial<EventData<'countersign.approval.required'>>;
const required = (quorum = 1, roles = ['finance'], change: Asking = {}): Written =>
  heard(
    newEvent({
      ...place,
      service: 'policy',
      type: 'countersign.approval.required',
      data: { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 1, tier: 2, quorum, roles, deadline: timestamp(DEADLINE), day: '2026-01-02', month: '2026-01', sub: UPSTREAM, act: AGENT, runDeadline: timestamp(DEADLINE), ...change },
    }),
    'decisions',
  );

type BallotPlace = Pick<OpenApproval, 'tenant' | 'workflow' | 'run' | 'step'>;

interface BallotOptions {
  readonly at?: Partial<BallotPlace>;
  readonly choice?: 'approve' | 'deny';
  readonly approval?: string;
  readonly hash?: typeof actionHash;
  readonly reason?: string;
}
const ballot = (voter: Principal, { at = {}, choice = 'approve', approval = 'ask-1', hash = actionHash, reason = 'checked' }: BallotOptions = {}): Written =>
  heard(newEvent({ ...place, ...at, service: 'operator', type: 'countersign.ballot.cast', actor: voter, subject: `${voter}/${choice}`, data: { approval, actionHash: hash, choice, voter, reason } }), 'ballots');

const voteOf = ({ event }: Written): SignedVote => ({ value: JSON.stringify(event), jws: `e30..${event.id}` });
const contextFor = (trigger: Written, now = NOW): ApprovalContext => ({ now, controls: controlsWith(), word: { value: voteOf(trigger).value, jws: voteOf(trigger).jws, recordedAt: NOW } });
const on = (trigger: Written, now = NOW) => (state: ApprovalState): readonly Output[] => decideApproval(trigger.event, state, contextFor(trigger, now));
const asked = (quorum = 1, roles = ['finance'], change: Asking = {}): Given<ApprovalState> => given(approvals).handle(required(quorum, roles, change), on(required(quorum, roles, change)));
const cast = (so: Given<ApprovalState>, trigger: Written): Given<ApprovalState> => so.handle(trigger, on(trigger));
/** Code of the refusal, which is all that is written then. */
const refusalOf = (so: Given<ApprovalState>, trigger: Written, now = NOW): string | undefined => {
  const [first, ...more] = so.when(on(trigger, now));
  return first?.type === 'countersign.approval.ballot-refused' && more.length === 0 ? first.data.code : undefined;
};

describe('a confirmation', () => {
  const asksAda = ((): Written => {
    const { event } = required(1, []);
    return heard(event.type === 'countersign.approval.required' ? { ...event, data: but(event.data, { sub: ADA, over: ['tool-calls'], confirmation: true, tier: 1 }) } : event, 'decisions');
  })();
  const so = given(approvals).handle(asksAda, on(asksAda));

  it('is asked of whom the run acts for', () => {
    expect(so.log).toMatchObject([{ event: { type: 'countersign.approval.requested', data: { sub: ADA, confirmation: true } } }]);
    expect(so.when(on(ballot(ADA)))).toMatchObject([{ type: 'countersign.approval.vote-cast' }, { type: 'countersign.approval.granted' }]);
    expect(freezeApprovals(thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(so.state)))))).toEqual(freezeApprovals(so.state));
  });

  it('is given by nobody else', () => {
    expect(refusalOf(so, ballot(GRACE))).toBe('voter.not-asked');
  });
});

describe('an approval', () => {
  it('is requested once', () => {
    expect(given(approvals).when(on(required()))).toMatchObject([{ type: 'countersign.approval.requested', step: 'refund', data: { approval: 'ask-1', actionHash, tier: 2, quorum: 1, roles: ['finance'], deadline: timestamp(DEADLINE) } }]);
    expect(asked().when(on(required()))).toEqual([]);
  });

  it('is granted with the votes when the quorum is met', () => {
    const yes = ballot(ADA);
    expect(asked().when(on(yes))).toMatchObject([
      { type: 'countersign.approval.vote-cast', data: { approval: 'ask-1', voter: ADA, choice: 'approve', vote: voteOf(yes) } },
      { type: 'countersign.approval.granted', data: { approval: 'ask-1', actionHash, votes: [voteOf(yes)] } },
    ]);
  });

  it('waits until as many people as were asked have said yes', () => {
    const so = asked(2);
    expect(so.when(on(ballot(ADA)))).toMatchObject([{ type: 'countersign.approval.vote-cast' }]);
    expect(cast(so, ballot(ADA)).when(on(ballot(GRACE)))).toMatchObject([{ type: 'countersign.approval.vote-cast' }, { type: 'countersign.approval.granted', data: { votes: [voteOf(ballot(ADA)), voteOf(ballot(GRACE))] } }]);
  });

  it('is rejected by the first no', () => {
    const no = ballot(GRACE, { choice: 'deny' });
    expect(cast(asked(2), ballot(ADA)).when(on(no))).toMatchObject([{ type: 'countersign.approval.vote-cast', data: { choice: 'deny' } }, { type: 'countersign.approval.rejected', data: { by: GRACE, reason: 'checked' } }]);
  });

  it('is taken back when policy says that what it is about was stopped, and for no other reason', () => {
    const denied = (code: string, hash = actionHash): Written =>
      heard(newEvent({ ...place, service: 'policy', type: 'countersign.action.denied', data: { action, actionHash: hash, reasons: [{ rule: 'kill.all', code, message: 'all is stopped: an incident' }], policySet: sha256('set'), controlEpoch: 9 } }), 'decisions');
    const stopped = denied('stopped.killed');
    expect(asked().when(on(stopped))).toMatchObject([{ type: 'countersign.approval.withdrawn', data: { approval: 'ask-1', actionHash, why: 'stopped', reason: 'all is stopped: an incident' } }]);
    expect(asked().when(on(denied('rule.forbids')))).toEqual([]);
    expect(asked().when(on(denied('stopped.killed', sha256('another'))))).toEqual([]);
    expect(refusalOf(cast(asked(), stopped), ballot(ADA))).toBe('approval.not-open');
  });

  it('is taken back when its run is closed, with all else that the run asked, and not what others ask', () => {
    const closed = (run: RunId): Written => heard(newEvent({ ...place, run, service: 'policy', type: 'countersign.context.closed', data: { outcome: 'failed' } }), 'decisions');
    const second = required(1, ['finance'], { approval: 'ask-2' });
    const so = asked().handle(second, on(second));
    const [end, another] = [closed(RUN), closed(runIdOf(ACME, REFUND_DESK, '/helpdesk', 'another'))];
    const back = (approval: string): object => ({ type: 'countersign.approval.withdrawn', data: { approval, why: 'run-closed', reason: 'the run is over: failed' } });
    expect(so.when(on(end))).toMatchObject([back('ask-1'), back('ask-2')]);
    expect(so.when(on(another))).toEqual([]);
    expect(cast(so, end).when(on(end))).toEqual([]);
    expect(refusalOf(cast(so, end), ballot(ADA))).toBe('approval.not-open');
  });

  it('expires at its deadline, once', () => {
    const so = asked();
    expect(nextApprovalDeadline(so.state)).toBe(DEADLINE);
    expect(dueApprovals(so.state, { now: (DEADLINE - 1) as Instant })).toEqual([]);
    const due = dueApprovals(so.state, { now: DEADLINE });
    expect(due).toMatchObject([{ cause: so.newest.cause, outgoing: [{ type: 'countersign.approval.expired', run: RUN, data: { approval: 'ask-1', actionHash, deadline: timestamp(DEADLINE) } }] }]);
    const expired = so.after(so.newest, due[0]?.outgoing ?? []);
    expect(dueApprovals(expired.state, { now: DEADLINE })).toEqual([]);
    expect(nextApprovalDeadline(expired.state)).toBeUndefined();
  });
});

describe('a vote', () => {
  const person = (name: string): Principal => `spiffe://countersign.local/human/${name}` as Principal;

  it.each([
    ['for an approval that is not open', asked(), ballot(ADA, { approval: 'ask-2' }), 'approval.not-open'],
    ['after the approval was granted', cast(asked(), ballot(ADA)), ballot(GRACE), 'approval.not-open'],
    ['for another action', asked(), ballot(ADA, { hash: sha256('another') }), 'action.differs'],
    ['for the same action in another run', asked(), ballot(ADA, { at: { run: runIdOf(ACME, REFUND_DESK, '/helpdesk', 'another') } }), 'run.differs'],
    ['for the same action in another step', asked(), ballot(ADA, { at: { step: 'charge' as StepId } }), 'run.differs'],
    ['for the same action in another workflow', asked(), ballot(ADA, { at: { workflow: 'another' as Workflow } }), 'run.differs'],
    ['for the same action of another tenant', asked(), ballot(ADA, { at: { tenant: 'globex' as Tenant } }), 'run.differs'],
    ['of somebody who is not in the directory', asked(), ballot(person('mallory')), 'voter.unknown'],
    ['of somebody without a role that was asked for', asked(1, ['legal']), ballot(ADA), 'voter.lacks-role'],
    ['of whom the action is done for', asked(1, ['finance'], { sub: ADA }), ballot(ADA), 'voter.is-subject'],
    ['of who acts', asked(1, ['finance'], { act: ADA }), ballot(ADA), 'voter.is-subject'],
    ['of the agent, who is in no directory', asked(), ballot(AGENT), 'voter.unknown'],
    ['signed long before it came', asked(), but(ballot(ADA), { event: { ...ballot(ADA).event, time: timestamp((NOW - minutes(6)) as Instant) } }), 'vote.stale'],
    ['dated later than it came', asked(), but(ballot(ADA), { event: { ...ballot(ADA).event, time: timestamp((NOW + minutes(6)) as Instant) } }), 'vote.stale'],
    ['at tier 4 without a step-up', asked(1, ['finance'], { tier: 4 }), ballot(ADA), 'vote.no-step-up'],
    ['that a grant has no room for', asked(), ballot(ADA, { reason: '\u{1f4b6}'.repeat(500) }), 'vote.too-large'],
    ['of the same approver a second time', cast(asked(2), ballot(ADA)), ballot(ADA), 'voter.voted'],
    ['of the same approver who now says no', cast(asked(2), ballot(ADA)), ballot(ADA, { choice: 'deny' }), 'voter.voted'],
  ])('%s does not count', (_, so, trigger, code) => {
    expect(refusalOf(so, trigger)).toBe(code);
  });

  it('counts up to the deadline and not after, also where the expiry is not written yet', () => {
    expect(refusalOf(asked(), ballot(ADA), (DEADLINE - 1) as Instant)).toBeUndefined();
    expect(refusalOf(asked(), ballot(ADA), DEADLINE)).toBe('approval.expired');
  });

  it('counts with as many letters as its reason may have', () => {
    expect(refusalOf(asked(), ballot(ADA, { reason: 'r'.repeat(500) }))).toBeUndefined();
  });

  it('of any approver counts where no role was asked for', () => {
    expect(APPROVERS.people.map(({ subject }) => refusalOf(asked(1, []), ballot(subject)))).toEqual([undefined, undefined]);
  });

  it('that nobody signed does not count', () => {
    const { event } = ballot(ADA);
    expect(decideApproval(event, asked().state, { now: NOW, controls: controlsWith() })).toMatchObject([{ type: 'countersign.approval.ballot-refused', data: { by: ADA, code: 'voter.unknown' } }]);
  });
});

it('what is open survives a snapshot, votes and deadlines included', () => {
  const { state } = cast(asked(2), ballot(ADA));
  const thawed = thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(state))));
  expect(thawed.open).toEqual(state.open);
  expect(nextApprovalDeadline(thawed)).toBe(DEADLINE);
});
