import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEvent, type Event, type EventData, type Preview } from '@countersign/contracts';
import { hours, seconds, sha256, timestamp, type Instant, type Sha256 } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, ADA, AGENT, controlsWith, EXECUTOR_KEY, GRACE, heard, proposalOf, REFUND, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import type { Output } from '../output.js';
import { previewHashOf } from '../preview-hash.js';
import type { ApprovalState } from './approval-state.js';
import { PREVIEW_WAIT } from './constants.js';
import { decideApproval } from './decide-approval.js';
import { evolveApprovals, freezeApprovals, initialApprovals, thawApprovals } from './evolve-approvals.js';
import { dueApprovals, nextApprovalDeadline } from './stages.js';

const approvals: Core<ApprovalState> = { service: 'approvals', initialState: initialApprovals, evolve: evolveApprovals };

const { action, actionHash } = proposalOf(REFUND, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;
const DEADLINE = timestamp((NOW + hours(1)) as Instant);
const LEAVE = { aud: 'executor', iat: NOW / 1_000, exp: NOW / 1_000 + 30, jti: 'look-1', cnf: EXECUTOR_KEY } as const;

const required = (change: Partial<EventData<'countersign.approval.required'>> = {}): Written =>
  heard(newEvent({ ...place, service: 'policy', type: 'countersign.approval.required', data: { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 1, tier: 2, quorum: 1, roles: ['finance'], deadline: DEADLINE, day: '2026-01-02', month: '2026-01', sub: UPSTREAM, act: AGENT, preview: LEAVE, runDeadline: DEADLINE, ...change } }), 'decisions');

const dryRun = (after: number): Preview => {
  const shown = { kind: 'dry-run' as const, changes: [{ field: 'refunded', now: 0, after, unit: 'usd-cents' as const }] };
  return { ...shown, hash: previewHashOf(shown) };
};
const SHOWN = dryRun(1_200);
const NONE: Preview = { kind: 'none', changes: [], reason: { code: 'http.409', message: 'the tool answered 409' }, hash: previewHashOf({ kind: 'none', changes: [] }) };

const previewed = (preview = SHOWN, change: Partial<EventData<'countersign.action.previewed'>> = {}): Written =>
  heard(newEvent({ ...place, service: 'executor', type: 'countersign.action.previewed', subject: 'ask-1', data: { approval: 'ask-1', actionHash, jti: 'look-1', preview, runDeadline: DEADLINE, ...change } }), 'executions');
const ballot = (previewHash?: Sha256, choice: 'approve' | 'deny' = 'approve', voter = ADA): Written =>
  heard(newEvent({ ...place, service: 'operator', type: 'countersign.ballot.cast', actor: voter, subject: `${voter}/${choice}`, data: { approval: 'ask-1', actionHash, choice, voter, reason: 'checked', ...(previewHash !== undefined && { previewHash }) } }), 'ballots');

const decide = (trigger: Written, now = NOW) => (state: ApprovalState): readonly Output[] =>
  decideApproval(trigger.event, state, { now, controls: controlsWith(), word: { value: JSON.stringify(trigger.event), jws: 'signed', recordedAt: NOW } });
const asked = (change: Partial<EventData<'countersign.approval.required'>> = {}): Given<ApprovalState> => given(approvals).handle(required(change), decide(required(change)));
const shown = (preview = SHOWN): Given<ApprovalState> => asked().handle(previewed(preview), decide(previewed(preview)));
const codesOf = (outputs: readonly Output[]): readonly string[] => outputs.map((output) => (output.type === 'countersign.approval.ballot-refused' ? output.data.code : output.type.slice('countersign.'.length)));

describe('what people are shown', () => {
  it('is asked for with the question, and shown once it is there', () => {
    expect(given(approvals).when(decide(required()))).toMatchObject([{ type: 'countersign.approval.requested', data: { preview: 'pending' } }]);
    expect(asked().when(decide(previewed()))).toMatchObject([{ type: 'countersign.approval.previewed', data: { approval: 'ask-1', actionHash, preview: SHOWN } }]);
  });

  it('is not waited for where the tool has no way to say it', () => {
    expect(given(approvals).when(decide(required({ preview: undefined as never })))[0]?.data).not.toHaveProperty('preview');
    expect(codesOf(asked({ preview: undefined as never }).when(decide(ballot())))).toEqual(['approval.vote-cast', 'approval.granted']);
  });

  it('is shown once, and for no other approval, action or run', () => {
    expect(shown().when(decide(previewed(dryRun(99))))).toEqual([]);
    expect(asked().when(decide(previewed(SHOWN, { approval: 'ask-2' })))).toEqual([]);
    expect(asked().when(decide(previewed(SHOWN, { actionHash: sha256('another') })))).toEqual([]);
    const { event, cause } = previewed();
    expect(asked().when(decide({ event: { ...event, step: 'other' } as Event, cause }))).toEqual([]);
  });

  it('is not shown where its hash is of something else: nobody could say what a vote binds', () => {
    expect(asked().when(decide(previewed(but(SHOWN, { hash: sha256('other') }))))).toMatchObject([{ data: { preview: { kind: 'none', reason: { code: 'preview.invalid' } } } }]);
  });

  it('comes at the end of its time as nothing, by the log’s time, once, and late words change nothing', () => {
    const until = (NOW + PREVIEW_WAIT) as Instant;
    const so = asked();
    expect(nextApprovalDeadline(so.state)).toBe(until);
    expect(dueApprovals(so.state, { now: (until - 1) as Instant })).toEqual([]);
    const [late] = dueApprovals(so.state, { now: until });
    expect(late).toMatchObject({ outgoing: [{ type: 'countersign.approval.previewed', data: { preview: { kind: 'none', reason: { code: 'preview.unanswered' } } } }] });
    const after = so.after(so.newest, late?.outgoing ?? [], until);
    expect(dueApprovals(after.state, { now: until })).toEqual([]);
    expect(after.when(decide(previewed()))).toEqual([]);
    expect(codesOf(after.when(decide(ballot())))).toEqual(['approval.vote-cast', 'approval.granted']);
  });

  it('is waited for to its end by whoever takes over from a snapshot', () => {
    const thawed = thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(asked().state))));
    expect(nextApprovalDeadline(thawed)).toBe(NOW + PREVIEW_WAIT);
    expect(decide(previewed())(thawed)).toHaveLength(1);
    const later = thawApprovals(JSON.parse(JSON.stringify(freezeApprovals(shown().state))));
    expect(codesOf(decide(ballot())(later))).toEqual(['preview.differs']);
  });
});

describe('a vote', () => {
  it('does not count while what would change is being looked at; a no does', () => {
    expect(codesOf(asked().when(decide(ballot())))).toEqual(['preview.pending']);
    expect(codesOf(asked().when(decide(ballot(SHOWN.hash))))).toEqual(['preview.pending']);
    expect(codesOf(asked().when(decide(ballot(undefined, 'deny'))))).toEqual(['approval.vote-cast', 'approval.rejected']);
  });

  it('counts with exactly what was shown', () => {
    expect(codesOf(shown().when(decide(ballot())))).toEqual(['preview.differs']);
    expect(codesOf(shown().when(decide(ballot(dryRun(99).hash))))).toEqual(['preview.differs']);
    expect(shown().when(decide(ballot(SHOWN.hash)))).toMatchObject([{ type: 'countersign.approval.vote-cast' }, { type: 'countersign.approval.granted', data: { previewHash: SHOWN.hash } }]);
    expect(codesOf(shown().when(decide(ballot(dryRun(99).hash, 'deny'))))).toEqual(['approval.vote-cast', 'approval.rejected']);
  });

  it('names nothing where nothing was shown', () => {
    const [, granted] = shown(NONE).when(decide(ballot()));
    expect(granted?.type).toBe('countersign.approval.granted');
    expect(granted?.data).not.toHaveProperty('previewHash');
    expect(codesOf(shown(NONE).when(decide(ballot(NONE.hash))))).toEqual(['preview.differs']);
  });

  it('that was given beforehand does not wait', () => {
    const consent = heard(newEvent({ ...place, service: 'operator', type: 'countersign.consent.given', actor: ADA, subject: 'c-1', data: { consent: 'c-1', name: 'any', tools: ['payments.refund'], tier: 3, until: timestamp((NOW + hours(1)) as Instant) } }), 'ballots');
    const consented = given(approvals).handle(consent, decide(consent));
    const outputs = consented.when(decide(required()));
    expect(codesOf(outputs)).toEqual(['approval.requested', 'approval.vote-cast', 'approval.granted']);
    expect(outputs[0]?.data).not.toHaveProperty('preview');
    // Where others have to say yes besides, they see it.
    const two = required({ quorum: 2 });
    const open = consented.handle(two, decide(two));
    expect(codesOf(open.when(decide(ballot(undefined, 'approve', GRACE))))).toEqual(['preview.pending']);
    expect(codesOf(open.handle(previewed(), decide(previewed())).when(decide(ballot(SHOWN.hash, 'approve', GRACE))))).toEqual(['approval.vote-cast', 'approval.granted']);
  });

  it('makes a grant only with the hash of the one preview that was shown, whatever comes in which order', () => {
    const act = fc.oneof(
      fc.record({ what: fc.constant('preview' as const), after: fc.constantFrom(1, 2, 3), voter: fc.constant(ADA), wait: fc.nat(40) }),
      fc.record({ what: fc.constant('vote' as const), after: fc.constantFrom(0, 1, 2, 3), voter: fc.constantFrom(ADA, GRACE), wait: fc.nat(40) }),
    );
    let grants = 0;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 8 }), fc.constantFrom(1, 2), (acts, quorum) => {
        let so = asked({ quorum });
        let now = NOW;
        for (const { what, after, voter, wait } of acts) {
          now = (now + seconds(wait)) as Instant;
          for (const late of dueApprovals(so.state, { now })) so = so.after(so.newest, late.outgoing, now);
          const trigger = what === 'preview' ? previewed(dryRun(after)) : ballot(after === 0 ? undefined : dryRun(after).hash, 'approve', voter);
          so = so.after(trigger, decideApproval(trigger.event, so.state, { now, controls: controlsWith(), word: { value: JSON.stringify(trigger.event), jws: 'signed', recordedAt: NOW } }), now);
        }
        const written = so.log.map(({ event }) => event);
        const previews = written.filter((event) => event.type === 'countersign.approval.previewed');
        expect(previews.length).toBeLessThanOrEqual(1);
        const granted = written.filter((event) => event.type === 'countersign.approval.granted');
        expect(granted.length).toBeLessThanOrEqual(1);
        for (const { data } of granted) {
          grants += 1;
          const preview = previews[0]?.data.preview;
          expect(preview).toBeDefined();
          const hash = preview?.kind === 'none' ? undefined : preview?.hash;
          expect(data.previewHash).toBe(hash);
          for (const { value } of data.votes) expect((JSON.parse(value) as Event<'countersign.ballot.cast'>).data.previewHash).toBe(hash);
        }
      }),
      { numRuns: 500 },
    );
    // The property was put to the test.
    expect(grants).toBeGreaterThan(20);
  });
});
