import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { hours, microUsd, minutes, sealedText, seconds, sha256, timestamp, type Instant, type KeyId, type Tenant } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, ADA, AGENT, APPROVERS, CONTRACT, controlsWith, EXECUTOR_KEY, GET_CHARGE, heard, openedRun, proposalOf, REFUND, REFUND_DESK, reservationFor, REVERSE, REVERSIBLE, RUN, UPSTREAM, UTC_PERIODS } from '@countersign/testing/refund-desk';
import { actionHashOf } from '../action-hash.js';
import { NOTHING } from '../budget/amounts.js';
import type { ToolContract } from '../config/tool-contract.js';
import { policySetOf, toolNamed } from '../control/lookups.js';
import type { Output } from '../output.js';
import { consider } from './consider.js';
import { decideAction } from './decide-action.js';
import type { DecisionContext } from './decision-context.js';
import type { DecisionState } from './decision-state.js';
import { evolveDecisions } from './evolve-decisions.js';
import { freezeDecisions, thawDecisions } from './freeze-decisions.js';
import type { Verdict } from './verdict.js';

const policy: Core<DecisionState> = { service: 'policy', initialState: openedRun, evolve: evolveDecisions };

const ALLOW: Verdict = { effect: 'allow', rules: ['contract.refund-desk'] };
const DENY: Verdict = { effect: 'deny', reasons: [{ rule: 'no_refunds', code: 'rule.forbids', message: 'no refunds today' }] };
const ASK: Verdict = { effect: 'ask', reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }], tier: 2, quorum: 1, roles: ['finance'], within: hours(24) };

const context: DecisionContext = { now: NOW, controls: controlsWith(), argumentFaults: (_tool, args) => (args['charge'] === undefined ? [{ pointer: '/charge', message: 'is missing' }] : []), periodsOf: UTC_PERIODS };

const PROPOSAL = proposalOf(REFUND, 'refund');
const { action, actionHash } = PROPOSAL;
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;
const proposed = (data = PROPOSAL): Written => heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', data }), 'proposals');
const ofExecutor = <Type extends 'countersign.grant.refused' | 'countersign.action.verified' | 'countersign.action.succeeded' | 'countersign.action.failed' | 'countersign.action.unknown' | 'countersign.action.diverged'>(
  type: Type,
  so: Given<DecisionState>,
  data: Omit<EventData<Type>, 'actionHash' | 'jti'>,
): Written => heard(newEvent({ ...place, service: 'executor', type, data: { ...data, actionHash, jti: [...so.state.grants.keys()][0] ?? 'none' } as unknown as EventData<Type> }), 'executions');
const expired = (so: Given<DecisionState>, mayBeDone = false): Written => ofExecutor('countersign.grant.refused', so, { code: 'expired', message: 'late', mayBeDone });

const on = ({ event }: Written, verdict?: Verdict, where: DecisionContext = context) => (state: DecisionState): readonly Output[] => decideAction(event, consider(event, state, where), state, { ...where, ...(verdict && { verdict }) });
const after = (verdict: Verdict, trigger = proposed()): Given<DecisionState> => given(policy).handle(trigger, on(trigger, verdict));

/** No decision is open, and nothing is reserved. */
const NOTHING_OPEN = { asks: [], grants: [], deferred: [], ended: [], contexts: [{ spending: { reserved: NOTHING, calls: [], granted: [] } }] };

const VOTES = [{ value: '{}', jws: 'e30..AA' }];
const granted = (so: Given<DecisionState>): Written => heard(newEvent({ ...place, service: 'approvals', type: 'countersign.approval.granted', data: { approval: [...so.state.asks.keys()][0] ?? 'none', actionHash, votes: VOTES } }), 'approvals');

describe('a proposal', () => {
  it('that rules allow becomes a grant for one use within a minute', () => {
    const iat = NOW / 1_000;
    expect(given(policy).when(on(proposed(), ALLOW))).toMatchObject([
      {
        type: 'countersign.action.allowed',
        step: 'refund',
        data: { action, actionHash, iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat, exp: iat + 60, cnf: EXECUTOR_KEY, policySet: policySetOf(context.controls).hash, controlEpoch: context.controls.epoch, reservation: Object.assign(reservationFor(REFUND), { wallClockMs: hours(300) }), rules: ['contract.refund-desk'], votes: [], quorum: 0, roles: [], runDeadline: PROPOSAL.runDeadline },
      },
    ]);
  });

  it('that rules forbid is denied with their reasons', () => {
    expect(given(policy).when(on(proposed(), DENY))).toMatchObject([{ type: 'countersign.action.denied', data: { actionHash, reasons: DENY.reasons } }]);
  });

  it('that rules ask about becomes a question to people', () => {
    expect(given(policy).when(on(proposed(), { ...ASK, within: seconds(60) }))).toMatchObject([
      { type: 'countersign.approval.required', data: { actionHash, tier: 2, quorum: 1, roles: ['finance'], deadline: timestamp((NOW + 60_000) as Instant), sub: UPSTREAM, act: AGENT } },
    ]);
  });

  it('is reminded of after half of the time, and goes on to others after three quarters, unless the rule says otherwise', () => {
    const stages = (verdict: Verdict, where = context): unknown => given(policy).when(on(proposed(), verdict, where))[0]?.data;
    const at = (later: number): string => timestamp((NOW + later) as Instant);
    expect(stages(ASK)).toMatchObject({ remindAt: at(minutes(30)) });
    expect(stages(ASK)).not.toHaveProperty('escalateTo');
    expect(stages({ ...ASK, remind: minutes(5), escalate: minutes(7), escalateTo: ['lead'] })).toMatchObject({ remindAt: at(minutes(5)), escalateAt: at(minutes(7)), escalateTo: ['lead'] });
    expect(stages({ ...ASK, within: seconds(60) })).not.toHaveProperty('remindAt');
    const fallback = { ...context, controls: controlsWith({ approvers: [{ ...APPROVERS, fallback: ['lead'] }] }) };
    expect(stages(ASK, fallback)).toMatchObject({ escalateAt: at(minutes(45)), escalateTo: ['lead'] });
    expect(stages({ ...ASK, escalateTo: [] }, fallback)).not.toHaveProperty('escalateTo');
  });

  it('that people are only told of is granted, and told once', () => {
    const told: Verdict = { effect: 'allow', rules: ['contract.refund-desk'], notice: { reasons: [{ rule: 'told', code: 'rule.asks', message: 'above 10' }], roles: ['finance'], within: minutes(20) } };
    const [grant] = given(policy).when(on(proposed(), told));
    expect(grant).toMatchObject({ type: 'countersign.action.allowed', data: { quorum: 0, votes: [], notice: { roles: ['finance'] } } });
    const so = after(told);
    expect(so.when(on(expired(so), told)).find(({ type }) => type === 'countersign.action.allowed')?.data).not.toHaveProperty('notice');
  });

  it('that people are only told of is said to be taken back no later than its tool allows, and not at all where nothing undoes it', () => {
    const told: Verdict = { effect: 'allow', rules: [], notice: { reasons: [], roles: [], within: hours(4) } };
    const undoUntil = (tool: ToolContract, write = [tool.id, REVERSE.id]): unknown => {
      const controls = controlsWith({ tools: [GET_CHARGE, tool, REVERSE], contracts: [{ ...CONTRACT, tools: { ...CONTRACT.tools, write } }] });
      const [grant] = given(policy).when(on(proposed(proposalOf(tool, 'refund')), told, { ...context, controls }));
      if (grant?.type !== 'countersign.action.allowed') throw new Error(JSON.stringify(grant));
      return grant.data.notice?.undoUntil;
    };
    const { undoWindow: _, ...ofNoPerson } = REVERSIBLE;
    expect(undoUntil(REVERSIBLE)).toBe(timestamp((NOW + hours(1)) as Instant));
    expect(undoUntil({ ...REVERSIBLE, undoWindow: hours(20) })).toBe(timestamp((NOW + hours(4)) as Instant));
    expect(undoUntil(REVERSIBLE, [REVERSIBLE.id])).toBeUndefined();
    expect(undoUntil(ofNoPerson)).toBeUndefined();
    expect(undoUntil(REFUND)).toBeUndefined();
  });

  it('is asked about no longer than its run lasts, and granted no longer', () => {
    expect(given(policy).when(on(proposed(), ASK))).toMatchObject([{ data: { deadline: PROPOSAL.runDeadline } }]);
    const soon = timestamp((NOW + 10_500) as Instant);
    expect(given(policy).when(on(proposed(but(PROPOSAL, { runDeadline: soon })), ALLOW))).toMatchObject([{ data: { exp: NOW / 1_000 + 11 } }]);
  });

  it('that is written again for a longer run is another question: votes on the first do not answer it', () => {
    const approvalOf = (runDeadline = PROPOSAL.runDeadline): unknown => given(policy).when(on(proposed(but(PROPOSAL, { runDeadline })), ASK)).map(({ data }) => 'approval' in data && data.approval)[0];
    expect(approvalOf()).toBe(approvalOf());
    expect(approvalOf(timestamp((NOW + hours(200)) as Instant))).not.toBe(approvalOf());
  });

  it('is denied where the engine cannot answer', () => {
    expect(given(policy).when(on(proposed()))).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ code: 'engine.unavailable' }] } }]);
  });

  const sealedFor = (run: string): string => sealedText(`${Buffer.from(JSON.stringify({ kid: 'k'.repeat(22), tenant: ACME, run, class: 'personal', commitment: 'c'.repeat(43) })).toString('base64url')}..AA.AA.AA`);
  const PERSONAL = { ...REFUND, args: { type: 'object', properties: { charge: { type: 'string', 'x-class': 'personal' } } } };
  const withPersonal = { ...context, controls: controlsWith({ tools: [GET_CHARGE, PERSONAL] }) };

  it('is decided like any other where what is sealed in it was sealed for its run', () => {
    const own = but(action, { args: { charge: sealedFor(action.run), amount_cents: 1 }, toolContractHash: toolNamed(withPersonal.controls, REFUND.id)?.hash ?? action.toolContractHash });
    expect(consider(proposed(but(PROPOSAL, { action: own, actionHash: actionHashOf(own) })).event, openedRun(), withPersonal)?.faults).toEqual([]);
  });

  it('is decided once while it is open', () => {
    expect(after(ALLOW).when(on(proposed(), ALLOW))).toEqual([]);
    expect(after(ASK).when(on(proposed(), ALLOW))).toEqual([]);
  });

  const changed = (change: object): typeof PROPOSAL => {
    const other = but(action, change);
    return but(PROPOSAL, { action: other, actionHash: actionHashOf(other) });
  };
  const nothingAnnounced = { ...context.controls, keys: new Map() };
  it.each([
    ['its hash is not that of its action', but(PROPOSAL, { actionHash: sha256('another') }), context, 'action.hash-differs'],
    ['it is about another tenant than its event', changed({ tenant: 'globex' as Tenant }), context, 'action.misplaced'],
    ['it brings an idempotency key of its own', changed({ idempotencyKey: 'mine' }), context, 'action.key-differs'],
    ['it is a dry run', changed({ dryRun: true }), context, 'action.dry-run'],
    ['its agent is another', but(PROPOSAL, { agent: ADA }), context, 'agent.unknown'],
    ['its agent is of another trust domain', but(PROPOSAL, { agent: AGENT.replace('countersign.local', 'evil.example') }), context, 'agent.unknown'],
    ['its agent has a longer trust domain', but(PROPOSAL, { agent: AGENT.replace('countersign.local', 'countersign.local/tenant/globex') }), context, 'agent.unknown'],
    ['no contract is in force', PROPOSAL, { ...context, controls: controlsWith({ contracts: [] }) }, 'workflow.unknown'],
    ['its tool is not in force', changed({ tool: 'payments.steal' }), context, 'tool.unknown'],
    ['its tool has changed', PROPOSAL, { ...context, controls: controlsWith({ tools: [GET_CHARGE, { ...REFUND, attempts: 2 }] }) }, 'tool.changed'],
    ['it is for another system than its tool', changed({ destination: 'elsewhere' }), context, 'destination.differs'],
    ['what is sealed in it was sealed for another run', changed({ args: { charge: sealedFor('run-of-somebody-else'), amount_cents: 1 }, toolContractHash: toolNamed(withPersonal.controls, REFUND.id)?.hash }), withPersonal, 'seal.foreign'],
    ['its arguments break the schema', changed({ args: { amount_cents: 1 } }), context, 'args.invalid'],
    ['the executor has no key', PROPOSAL, { ...context, controls: nothingAnnounced }, 'executor.unknown'],
    ['the time of its run is over', but(PROPOSAL, { runDeadline: timestamp(NOW) }), context, 'run.deadline'],
  ] as const)('is denied without asking the engine where %s', (_, proposal, where, code) => {
    const trigger = proposed(proposal);
    expect(consider(trigger.event, openedRun(), where)?.question).toBeUndefined();
    const [denial] = given(policy).when(on(trigger, ALLOW, where));
    expect(denial).toMatchObject({ type: 'countersign.action.denied', data: { reasons: expect.arrayContaining([expect.objectContaining({ code })]) } });
  });
});

describe('the answer of people', () => {
  it('brings the votes before the engine, and into the grant', () => {
    const so = after(ASK);
    expect(consider(granted(so).event, so.state, context)?.question).toMatchObject({ actionHash, votes: VOTES });
    expect(so.when(on(granted(so), ALLOW))).toMatchObject([{ type: 'countersign.action.allowed', data: { approval: [...so.state.asks.keys()][0], votes: VOTES, quorum: 1, roles: ['finance'], tier: 2 } }]);
  });

  it('does not bind policy: it may deny now, or ask for more', () => {
    const so = after(ASK);
    expect(so.when(on(granted(so), DENY))).toMatchObject([{ type: 'countersign.action.denied' }]);
    const again = so.handle(granted(so), on(granted(so), { ...ASK, quorum: 2 }));
    expect([...again.state.asks.values()]).toMatchObject([{ quorum: 2 }]);
    expect([...again.state.asks.keys()]).not.toEqual([...so.state.asks.keys()]);
  });

  it('counts once, and only for the action that was asked about', () => {
    const so = after(ASK);
    const yes = granted(so);
    expect(so.handle(yes, on(yes, ALLOW)).when(on(yes, ALLOW))).toEqual([]);
    const other = heard({ ...yes.event, data: but(yes.event.data, { actionHash: sha256('another') }) }, 'approvals');
    expect(so.when(on(other, ALLOW))).toEqual([]);
  });

  it('is void where the action, the contract of the tool or the contract of the agent is another by then', () => {
    const so = after(ASK);
    const other = (files: Parameters<typeof controlsWith>[0]): DecisionContext => ({ ...context, controls: controlsWith(files, context.controls) });
    const codes = (where: DecisionContext): readonly unknown[] => so.when(on(granted(so), ALLOW, where)).flatMap(({ type, data }) => [type, ...('reasons' in data ? data.reasons.map(({ code }) => code) : [])]);
    expect(codes(other({ tools: [GET_CHARGE, { ...REFUND, version: 2, description: 'refunds more' }] }))).toEqual(['countersign.action.denied', 'tool.changed']);
    expect(codes(other({ contracts: [{ ...CONTRACT, version: 2, writableFields: { 'payments.refund': ['charge'] } }] }))).toEqual(['countersign.action.denied', 'field.forbidden']);
    const { args: _args, ...same } = action;
    const changed = { ...same, args: { charge: 'ch_1', amount_cents: 9_999 } };
    const proposal = proposed(but(PROPOSAL, { action: changed, actionHash: actionHashOf(changed) }));
    // Other arguments are another action, about which nobody has been asked.
    expect(so.when(on(proposal, ASK))).toMatchObject([{ type: 'countersign.approval.required', data: { actionHash: actionHashOf(changed) } }]);
    expect([...so.state.asks.keys()]).not.toContain(so.when(on(proposal, ASK)).map(({ data }) => 'approval' in data && data.approval)[0]);
  });

  it('brings the fallback roles into the grant where the question had escalated', () => {
    const so = after({ ...ASK, escalateTo: ['lead'] });
    const yes = granted(so);
    const escalated = { ...yes, event: { ...yes.event, data: but(yes.event.data, { escalated: true }) } } as Written;
    const [grant] = so.when(on(escalated, ALLOW));
    expect(grant).toMatchObject({ type: 'countersign.action.allowed', data: { roles: ['finance'], fallback: ['lead'] } });
    expect(so.when(on(yes, ALLOW))[0]?.data).not.toHaveProperty('fallback');
    expect(so.handle(escalated, on(escalated, ALLOW)).state.grants.values().next().value?.approved?.fallback).toEqual(['lead']);
  });

  it('can be no, or not come: the decision lapses, and is no denial', () => {
    const so = after(ASK);
    const approval = [...so.state.asks.keys()][0] ?? '';
    const no = heard(newEvent({ ...place, service: 'approvals', type: 'countersign.approval.rejected', data: { approval, actionHash, by: ADA, reason: 'the customer withdrew' } }), 'approvals');
    const silence = heard(newEvent({ ...place, service: 'approvals', type: 'countersign.approval.expired', data: { approval, actionHash, deadline: timestamp(NOW) } }), 'approvals');
    expect(so.when(on(no))).toMatchObject([{ type: 'countersign.decision.lapsed', data: { approval, reason: 'rejected', message: `${ADA} said no: the customer withdrew` } }]);
    expect(so.when(on(silence))).toMatchObject([{ type: 'countersign.decision.lapsed', data: { approval, reason: 'expired' } }]);
    expect(so.handle(no, on(no)).when(on(silence))).toEqual([]);
    const over = heard(newEvent({ ...place, service: 'approvals', type: 'countersign.approval.withdrawn', data: { approval, actionHash, why: 'run-closed', reason: 'the run is over: failed' } }), 'approvals');
    expect(so.when(on(over))).toMatchObject([{ type: 'countersign.decision.lapsed', data: { approval, reason: 'withdrawn', message: 'the run is over: failed' } }]);
  });
});

describe('a grant', () => {
  const OF_ATTEMPT = { attempt: 1, latencyMs: 1 } as const;
  /** Where nobody says how often it was tried, the worst counts. */
  const SPENT = { microUsd: 2_000, toolCalls: 1, writes: 1, records: 1, retries: 2 };
  const verified = (so: Given<DecisionState>): Written => ofExecutor('countersign.action.verified', so, { ...OF_ATTEMPT, found: sha256('found'), usedMicroUsd: microUsd(2_000) });
  it.each([
    ['verified', verified, { outcome: 'succeeded', used: SPENT }],
    ['done with nothing to look at', (so: Given<DecisionState>) => ofExecutor('countersign.action.succeeded', so, { ...OF_ATTEMPT, usedMicroUsd: microUsd(2_000), readBack: false }), { outcome: 'succeeded', used: SPENT }],
    ['done otherwise', (so: Given<DecisionState>) => ofExecutor('countersign.action.diverged', so, { ...OF_ATTEMPT, faults: [], usedMicroUsd: microUsd(2_000) }), { outcome: 'unknown', used: SPENT }],
    ['failed', (so: Given<DecisionState>) => ofExecutor('countersign.action.failed', so, { ...OF_ATTEMPT, code: 'http.409', retrying: false }), { outcome: 'failed', used: { ...SPENT, microUsd: 0, records: 0 } }],
    ['unknown, which counts as spent', (so: Given<DecisionState>) => ofExecutor('countersign.action.unknown', so, { ...OF_ATTEMPT, code: 'TOOL_TIMEOUT', resolving: false, readBack: false }), { outcome: 'unknown', used: SPENT }],
    ['refused', (so: Given<DecisionState>) => ofExecutor('countersign.grant.refused', so, { code: 'audience', message: 'for another', mayBeDone: false }), { outcome: 'refused', used: NOTHING }],
  ] as const)('is settled when its action is %s, and once', (_, ending, settled) => {
    const so = after(ALLOW);
    const end = ending(so);
    expect(so.when(on(end))).toMatchObject([{ type: 'countersign.budget.settled', data: { jti: [...so.state.grants.keys()][0], reserved: { microUsd: 2_000, toolCalls: 1, writes: 1, records: 1, retries: 2 }, ...settled } }]);
    expect(so.handle(end, on(end)).when(on(end))).toEqual([]);
  });

  it('whose action has come to its end is not followed by another: its proposal, written again, is not decided again', () => {
    const so = after(ALLOW);
    const over = so.handle(verified(so), on(verified(so)));
    const late = (milliseconds: number): DecisionContext => ({ ...context, now: (NOW + milliseconds) as Instant });
    const thawed = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(over.state))));
    for (const where of [context, late(minutes(2)), late(minutes(59))]) {
      expect(over.when(on(proposed(), ALLOW, where))).toEqual([]);
      expect(over.when(on(proposed(), ASK, where))).toEqual([]);
      expect(on(proposed(), ASK, where)(thawed)).toEqual([]);
    }
  });

  it('that the executor refused before it began leaves the step to be decided', () => {
    const so = after(ALLOW);
    const end = ofExecutor('countersign.grant.refused', so, { code: 'audience', message: 'for another', mayBeDone: false });
    expect(so.handle(end, on(end)).when(on(proposed(), ALLOW))).toMatchObject([{ type: 'countersign.action.allowed' }]);
  });

  it('is not settled while the executor is still at it', () => {
    const so = after(ALLOW);
    expect(so.when(on(ofExecutor('countersign.action.succeeded', so, { ...OF_ATTEMPT, usedMicroUsd: microUsd(2_000), readBack: true })))).toEqual([]);
    expect(so.when(on(ofExecutor('countersign.action.failed', so, { ...OF_ATTEMPT, code: 'http.429', retrying: true })))).toEqual([]);
    expect(so.when(on(ofExecutor('countersign.action.unknown', so, { ...OF_ATTEMPT, code: 'TOOL_TIMEOUT', resolving: true, readBack: false })))).toEqual([]);
  });

  it('that ran out is decided again: settled and granted anew in one batch, votes included', () => {
    const asked = after(ASK);
    const so = asked.handle(granted(asked), on(granted(asked), ALLOW));
    const [jti = ''] = so.state.grants.keys();
    const outputs = so.when(on(expired(so), ALLOW));
    expect(outputs).toMatchObject([
      { type: 'countersign.budget.settled', data: { jti, outcome: 'refused', used: { microUsd: 0 } } },
      { type: 'countersign.action.allowed', data: { actionHash, votes: VOTES, quorum: 1 } },
    ]);
    const { grants } = so.after(expired(so), outputs).state;
    expect(grants.size).toBe(1);
    expect(grants.has(jti)).toBe(false);
  });

  it('that ran out may be denied now', () => {
    const so = after(ALLOW);
    const end = expired(so);
    expect(so.when(on(end, DENY))).toMatchObject([{ type: 'countersign.budget.settled', data: { outcome: 'refused' } }, { type: 'countersign.action.denied', data: { reasons: DENY.reasons } }]);
    expect(freezeDecisions(so.handle(end, on(end, DENY)).state)).toMatchObject(NOTHING_OPEN);
  });

  it('that ran out after a call that may have had its effect may be granted again', () => {
    const so = after(ALLOW);
    expect(so.when(on(expired(so, true), ALLOW))).toMatchObject([{ data: { outcome: 'refused', used: { microUsd: 0 } } }, { type: 'countersign.action.allowed' }]);
  });

  it.each([ASK, DENY] as const)('that ran out after a call that may have had its effect is otherwise left to a person, not asked about again ($effect)', (verdict) => {
    const so = after(ALLOW);
    expect(so.when(on(expired(so, true), verdict))).toMatchObject([
      { type: 'countersign.budget.settled', data: { outcome: 'unknown', used: { microUsd: 2_000 } } },
      { type: 'countersign.action.denied', data: { reasons: [{ code: 'effect.unknown' }, ...('reasons' in verdict ? verdict.reasons : [])] } },
    ]);
  });
});

describe('a grant that the executor cannot use', () => {
  const OTHER_KEY = 'fedcba9876543210' as KeyId;
  const rotated: DecisionContext = { ...context, controls: { ...context.controls, keys: new Map([...context.controls.keys, [OTHER_KEY, { service: 'executor', key: OTHER_KEY, publicKey: 'B'.repeat(43), announced: 1_000 }]]) } };
  const refused = (so: Given<DecisionState>, code: string, { at = NOW, key, mayBeDone = false }: { readonly at?: number; readonly key?: KeyId; readonly mayBeDone?: boolean } = {}): Written => {
    const { event } = ofExecutor('countersign.grant.refused', so, { code, message: 'cannot be used', mayBeDone, ...(key !== undefined && { key }) });
    return heard({ ...event, id: `${event.id.slice(0, 20)}${so.log.length}` as typeof event.id, time: timestamp(at as Instant) }, 'executions', so.log.length);
  };
  const grantIn = (outputs: readonly Output[]): EventData<'countersign.action.allowed'> => {
    const grant = outputs.find(({ type }) => type === 'countersign.action.allowed');
    if (grant?.type !== 'countersign.action.allowed') throw new Error(`no grant among ${outputs.map(({ type }) => type).join(', ')}`);
    return grant.data;
  };

  it('because it holds another key is granted anew to that key, votes included', () => {
    const asked = after(ASK);
    const so = asked.handle(granted(asked), on(granted(asked), ALLOW));
    const outputs = so.when(on(refused(so, 'key.wrong', { key: OTHER_KEY }), ALLOW, rotated));
    expect(outputs).toMatchObject([{ type: 'countersign.budget.settled', data: { outcome: 'refused' } }, { type: 'countersign.action.allowed', data: { cnf: OTHER_KEY, votes: VOTES, renewals: 1 } }]);
    expect(so.after(so.newest, outputs).state.grants.size).toBe(1);
  });

  it.each([
    ['was never announced', 'aaaaaaaaaaaaaaaa' as KeyId],
    ['is retired', OTHER_KEY],
    ['is not told', undefined],
  ])('because it holds a key that %s is granted anew to the newest one', (_, key) => {
    const keys = new Map([...rotated.controls.keys].map(([id, known]) => [id, id === OTHER_KEY ? { ...known, retiredAt: 2_000 } : known] as const));
    const so = after(ALLOW);
    expect(grantIn(so.when(on(refused(so, 'key.wrong', key && { key }), ALLOW, { ...rotated, controls: { ...rotated.controls, keys } }))).cnf).toBe(EXECUTOR_KEY);
  });

  it.each([
    ['is behind: it is not valid yet', 'not-yet-valid', -8_000],
    ['is ahead: it has run out before it could', 'expired', 61_000],
  ])('because its clock %s is dated by that clock', (_, code, difference) => {
    const so = after(ALLOW);
    const iat = (NOW + difference) / 1_000;
    expect(grantIn(so.when(on(refused(so, code, { at: NOW + difference }), ALLOW)))).toMatchObject({ iat, exp: iat + 60, renewals: 1 });
  });

  it('because its clock is out of order is dated by ours: nobody follows a clock for more than ten minutes', () => {
    const so = after(ALLOW);
    expect(grantIn(so.when(on(refused(so, 'not-yet-valid', { at: NOW - minutes(10) - 1 }), ALLOW)))).toMatchObject({ iat: NOW / 1_000 });
  });

  it.each(['key.wrong', 'not-yet-valid', 'expired'])('is granted anew three times, and then the step ends with the reason (%s)', (code) => {
    let so = after(ALLOW);
    for (const renewals of [1, 2, 3]) {
      const end = refused(so, code, { at: NOW + hours(1) });
      expect(grantIn(so.when(on(end, ALLOW)))).toMatchObject({ renewals });
      so = so.handle(end, on(end, ALLOW));
    }
    const last = refused(so, code, { at: NOW + hours(1) });
    expect(so.when(on(last, ALLOW))).toMatchObject([
      { type: 'countersign.budget.settled', data: { outcome: 'refused', used: { microUsd: 0 } } },
      { type: 'countersign.action.denied', data: { reasons: [{ rule: 'executor', code: 'grant.unusable', message: `the executor could use none of 4 grants in a row: ${code}: cannot be used` }] } },
    ]);
    expect(freezeDecisions(so.handle(last, on(last, ALLOW)).state)).toMatchObject(NOTHING_OPEN);
    const perhaps = refused(so, code, { at: NOW + hours(1), mayBeDone: true });
    expect(so.when(on(perhaps, ALLOW))).toMatchObject([{ data: { outcome: 'unknown', used: { microUsd: 2_000 } } }, { data: { reasons: [{ code: 'effect.unknown' }, { code: 'grant.unusable' }] } }]);
  });

  it('is not one that ran out in its time, however often', () => {
    let so = after(ALLOW);
    for (const later of [1, 2, 3, 4, 5, 6]) {
      const now = (NOW + later * 61_000) as Instant;
      const end = refused(so, 'expired', { at: now });
      const decide = on(end, ALLOW, { ...context, now });
      expect(grantIn(so.when(decide)).renewals).toBeUndefined();
      so = so.handle(end, decide, now);
    }
  });

  it('is counted across a snapshot', () => {
    const so = after(ALLOW);
    const end = refused(so, 'key.wrong');
    const { state } = so.handle(end, on(end, ALLOW));
    expect(freezeDecisions(thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(state)))))).toEqual(freezeDecisions(state));
    expect([...state.grants.values()]).toMatchObject([{ renewals: 1 }]);
  });
});

it('what is open survives a snapshot', () => {
  const other = proposed(proposalOf(GET_CHARGE, 'charge', { charge: 'ch_1' }));
  const so = after(ASK);
  const both = so.handle(other, (state) => decideAction({ ...other.event, step: 'charge' } as typeof other.event, consider({ ...other.event, step: 'charge' } as typeof other.event, state, context), state, { ...context, verdict: ALLOW }));
  expect([both.state.asks.size, both.state.grants.size]).toEqual([1, 1]);
  expect(freezeDecisions(thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(both.state)))))).toEqual(freezeDecisions(both.state));
});
