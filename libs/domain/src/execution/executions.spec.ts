import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { hours, microUsd, minutes, seconds, sha256, timestamp, type Instant } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, AGENT, controlsWith, EXECUTOR_KEY, GET_CHARGE, heard, proposalOf, REFUND, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import type { ToolContract } from '../config/tool-contract.js';
import type { Output } from '../output.js';
import { decideCall } from './decide-call.js';
import { decideGrant } from './decide-grant.js';
import { decideReadBack } from './decide-read-back.js';
import { evolveExecutions, freezeExecutions, initialExecutions, thawExecutions } from './evolve-executions.js';
import type { CallOutcome, ExecutionContext, GrantCheck, ReadBackOutcome } from './execution-context.js';
import type { ExecutionState } from './execution-state.js';
import { openExecutionWork, workForExecution } from './work.js';

const executor: Core<ExecutionState> = { service: 'executor', initialState: initialExecutions, evolve: evolveExecutions };

const { readBack: _readBack, ...UNSEEN } = REFUND;
const ONCE: ToolContract = { ...REFUND, id: 'payments.once', idempotency: { kind: 'none' } };
const ONCE_UNSEEN: ToolContract = { ...UNSEEN, id: 'payments.once-unseen', idempotency: { kind: 'none' } };
const SINGLE: ToolContract = { ...ONCE, id: 'payments.single', attempts: 1 };
const LABEL: ToolContract = { ...UNSEEN, id: 'labels.add', idempotency: { kind: 'natural' } };
const tools = [GET_CHARGE, REFUND, { ...UNSEEN, id: 'payments.unseen' }, ONCE, ONCE_UNSEEN, SINGLE, LABEL];
const UNSEEN_REFUND = { ...UNSEEN, id: 'payments.unseen' };

const controls = controlsWith({ tools });
const context: ExecutionContext = { now: NOW, controls };
const at = (now: number): ExecutionContext => ({ ...context, now: now as Instant });
const EXP = NOW / 1_000 + 60;
const OK: GrantCheck = { ok: true };

const grantFor = (tool: ToolContract, jti = 'jti-1', exp = EXP, step = 'refund'): Written => {
  const { action, actionHash } = proposalOf(tool, step);
  const data: EventData<'countersign.action.allowed'> = { action, actionHash, iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat: exp - 60, exp, jti, cnf: EXECUTOR_KEY, policySet: sha256('set'), controlEpoch: 3, reservedMicroUsd: tool.cost, rules: [], votes: [], tier: 0, quorum: 0, roles: [], runDeadline: timestamp((NOW + hours(1)) as Instant) };
  return heard(newEvent({ service: 'policy', type: 'countersign.action.allowed', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, subject: jti, now: NOW, data }), 'decisions', 7);
};

const onGrant = ({ event }: Written, where = context, check: GrantCheck = OK) => (state: ExecutionState): readonly Output[] => (event.type === 'countersign.action.allowed' ? decideGrant(event, check, state, where) : []);
const newest = (state: ExecutionState): { readonly jti: string; readonly attempt: number } => [...state.open.values()][0] ?? { jti: 'none', attempt: 0 };
const onCall = (outcome: CallOutcome, where = context) => (state: ExecutionState): readonly Output[] => decideCall(newest(state), outcome, state, where);
const onLook = (outcome: ReadBackOutcome, where = context) => (state: ExecutionState): readonly Output[] => decideReadBack(newest(state), outcome, state, where);

const calling = (tool: ToolContract = REFUND): Given<ExecutionState> => given(executor).handle(grantFor(tool), onGrant(grantFor(tool)));
/** The end of a call is an own matter: its cause is the own event that asked for it. */
const went = (so: Given<ExecutionState>, outcome: CallOutcome, where = context): Given<ExecutionState> => so.handle(so.newest, onCall(outcome, where), where.now);
const looked = (so: Given<ExecutionState>, outcome: ReadBackOutcome, where = context): Given<ExecutionState> => so.handle(so.newest, onLook(outcome, where), where.now);

const done: CallOutcome = { kind: 'answered', status: 201, faults: [], result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 12 };
const status = (code: number): CallOutcome => ({ kind: 'answered', status: code, faults: [], latencyMs: 3 });
const garbled: CallOutcome = { kind: 'answered', status: 201, faults: [{ pointer: '/refund', message: 'is missing' }], latencyMs: 3 };
const timeout: CallOutcome = { kind: 'timeout', latencyMs: 5_000 };
const refused: CallOutcome = { kind: 'not-sent', code: 'ECONNREFUSED', latencyMs: 1 };
const interrupted: CallOutcome = { kind: 'interrupted' };
const found: ReadBackOutcome = { kind: 'found', sha256: sha256('found'), faults: [], result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 4 };
const absent: ReadBackOutcome = { kind: 'absent', latencyMs: 4 };
const unanswered: ReadBackOutcome = { kind: 'unanswered', code: 'http.503', latencyMs: 4 };

describe('a grant', () => {
  it('starts an attempt that says all that is needed to resolve it after a crash', () => {
    expect(given(executor).when(onGrant(grantFor(REFUND)))).toMatchObject([
      {
        type: 'countersign.attempt.started',
        data: { jti: 'jti-1', attempt: 1, tool: 'payments.refund', exp: EXP, idempotencyKey: proposalOf(REFUND, 'refund').action.idempotencyKey, startsAt: timestamp(NOW), deadline: timestamp((NOW + 5_000) as Instant), afterUnknown: false },
      },
    ]);
  });

  it.each([
    ['its check failed', grantFor(REFUND), context, { ok: false, code: 'audience', message: 'for another' } as const, 'audience'],
    ['it ran out', grantFor(REFUND), at(EXP * 1_000), OK, 'expired'],
    ['its tool contract was never published', grantFor({ ...REFUND, description: 'another' }), context, OK, 'tool.unknown'],
  ])('is refused where %s', (_why, grant, where, check, code) => {
    expect(given(executor).when(onGrant(grant, where, check))).toMatchObject([{ type: 'countersign.grant.refused', data: { jti: 'jti-1', code, mayBeDone: false } }]);
  });

  it('is acted on once', () => {
    expect(calling().when(onGrant(grantFor(REFUND)))).toEqual([]);
    const over = went(calling(UNSEEN_REFUND), done);
    expect(over.state.open.size).toBe(0);
    expect(over.when(onGrant(grantFor(UNSEEN_REFUND)))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'used' } }]);
  });

  it('is refused while the same step is acted on under another', () => {
    expect(calling().when(onGrant(grantFor(REFUND, 'jti-2')))).toMatchObject([{ data: { jti: 'jti-2', code: 'action.under-way' } }]);
  });
});

describe('a call', () => {
  it('that is answered ends the grant, or is looked at where the tool can be', () => {
    expect(calling(UNSEEN_REFUND).when(onCall(done))).toMatchObject([{ type: 'countersign.action.succeeded', data: { attempt: 1, result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 12, usedMicroUsd: 2_000, readBack: false } }]);
    expect(calling().when(onCall(done))).toMatchObject([{ type: 'countersign.action.succeeded', data: { readBack: true } }]);
  });

  it('that is refused for good fails', () => {
    expect(calling().when(onCall(status(409)))).toMatchObject([{ type: 'countersign.action.failed', data: { code: 'http.409', retrying: false } }]);
  });

  it.each([
    ['was never sent', refused, 'ECONNREFUSED'],
    ['came at a bad time', status(429), 'http.429'],
  ])('that %s is made again after a while, under the same key', (_, outcome, code) => {
    const so = calling();
    expect(so.when(onCall(outcome))).toMatchObject([
      { type: 'countersign.action.failed', data: { attempt: 1, code, retrying: true } },
      { type: 'countersign.attempt.started', data: { attempt: 2, idempotencyKey: [...so.state.byKey.keys()][0], startsAt: timestamp((NOW + 500) as Instant), deadline: timestamp((NOW + 5_500) as Instant), afterUnknown: false } },
    ]);
  });

  it.each([
    ['got no answer', timeout, 'TOOL_TIMEOUT'],
    ['broke off', { kind: 'broken', code: 'ECONNRESET', latencyMs: 3 } as const, 'ECONNRESET'],
    ['was answered by a server in trouble', status(500), 'http.500'],
    ['was an earlier owner’s', interrupted, 'attempt.interrupted'],
  ])('of a write that %s is unknown, and made again under the same key', (_, outcome, code) => {
    expect(calling().when(onCall(outcome))).toMatchObject([
      { type: 'countersign.action.unknown', data: { code, resolving: true, readBack: false } },
      { type: 'countersign.attempt.started', data: { attempt: 2, afterUnknown: true } },
    ]);
  });

  it.each([timeout, status(500), interrupted])('of a read has changed nothing whatever came of it ($kind)', (outcome) => {
    expect(calling(GET_CHARGE).when(onCall(outcome))).toMatchObject([{ type: 'countersign.action.failed', data: { retrying: true } }, { type: 'countersign.attempt.started', data: { afterUnknown: false } }]);
  });

  it.each([
    ['is looked for where it can be', ONCE, timeout, { resolving: true, readBack: true }],
    ['is not known where it cannot', ONCE_UNSEEN, timeout, { resolving: false, readBack: false }],
    ['is looked for after an answer that makes no sense: the same call would bring the same answer', REFUND, garbled, { resolving: true, readBack: true }],
    ['is looked for after a redirect', REFUND, status(303), { resolving: true, readBack: true }],
  ])('whose effect nobody knows, and that must not be repeated, %s', (_, tool, outcome, what) => {
    expect(calling(tool).when(onCall(outcome))).toMatchObject([{ type: 'countersign.action.unknown', data: what }]);
  });

  it('is made as often as the tool says, and then the effect is looked for', () => {
    const twice = went(went(calling(), timeout), timeout);
    expect(newest(twice.state).attempt).toBe(3);
    expect(twice.when(onCall(timeout))).toMatchObject([{ type: 'countersign.action.unknown', data: { attempt: 3, resolving: true, readBack: true } }]);
  });

  it('is not counted against the tool where we broke it off ourselves', () => {
    let so = calling();
    for (let crash = 0; crash < 5; crash += 1) so = went(so, interrupted);
    expect(so.when(onCall(interrupted))).toMatchObject([{ data: { resolving: true } }, { type: 'countersign.attempt.started', data: { attempt: 7 } }]);
  });

  it('of a tool that knows no keys is made again as long as nothing can have been done', () => {
    expect(calling(ONCE).when(onCall(refused))).toMatchObject([{ type: 'countersign.action.failed', data: { retrying: true } }, { type: 'countersign.attempt.started' }]);
    expect(went(calling(ONCE), refused).when(onCall(timeout))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: true, readBack: true } }]);
  });

  it('that we held back ourselves is made again even where the tool is called only once', () => {
    const heldBack: CallOutcome = { kind: 'not-sent', code: 'attempt.interrupted', latencyMs: 0 };
    expect(calling(SINGLE).when(onCall(heldBack))).toMatchObject([{ data: { retrying: true } }, { type: 'countersign.attempt.started' }]);
    expect(calling(SINGLE).when(onCall(refused))).toMatchObject([{ data: { retrying: false } }]);
  });

  it('that is refused for good after one that nobody knows is not a failure', () => {
    expect(went(calling(), timeout).when(onCall(status(409)))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'http.409', resolving: true, readBack: true } }]);
    expect(went(calling(UNSEEN_REFUND), timeout).when(onCall(status(409)))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: false } }]);
  });

  it('waits longer each time', () => {
    const second = went(calling(), refused);
    expect(second.when(onCall(refused))).toMatchObject([{}, { data: { startsAt: timestamp((NOW + 2_000) as Instant) } }]);
  });

  it('says nothing once another attempt is under way', () => {
    const so = went(calling(), timeout);
    expect(decideCall({ jti: 'jti-1', attempt: 1 }, done, so.state, context)).toEqual([]);
  });
});

describe('a grant that runs out in between', () => {
  const late = at(EXP * 1_000 - 100);

  it.each([
    ['before the next call, with nothing done', LABEL, refused, [{ type: 'countersign.action.failed', data: { retrying: true } }, { type: 'countersign.grant.refused', data: { code: 'expired', mayBeDone: false } }]],
    ['before the next call, with something perhaps done', UNSEEN_REFUND, timeout, [{ type: 'countersign.action.unknown', data: { resolving: true } }, { type: 'countersign.grant.refused', data: { code: 'expired', mayBeDone: true } }]],
  ])('%s, is decided again', (_, tool, outcome, outputs) => {
    expect(calling(tool).when(onCall(outcome, late))).toMatchObject(outputs);
  });

  it('is not needed to look at the effect: what is found need not be granted again', () => {
    const so = went(calling(), timeout, late);
    expect(so.newest.event).toMatchObject({ type: 'countersign.action.unknown', data: { resolving: true, readBack: true } });
    expect(so.when(onLook(found, late))).toMatchObject([{ type: 'countersign.action.verified' }]);
    expect(so.when(onLook(absent, late))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'expired', mayBeDone: true } }]);
  });

  it('goes on under the next one: same key, calls counted on', () => {
    const ranOut = went(went(calling(UNSEEN_REFUND), timeout), timeout, late);
    const grant = grantFor(UNSEEN_REFUND, 'jti-2', EXP + 60);
    const again = ranOut.handle(grant, onGrant(grant, late));
    expect(again.newest.event).toMatchObject({ data: { jti: 'jti-2', attempt: 1, afterUnknown: true, idempotencyKey: [...calling(UNSEEN_REFUND).state.byKey.keys()][0] } });
    expect(again.when(onCall(timeout, late))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: false } }]);
  });

  it('is not followed by another where the tool no longer knows the key', () => {
    const ranOut = went(calling(UNSEEN_REFUND), timeout, late);
    const nextDay = at(NOW + hours(24));
    const grant = grantFor(UNSEEN_REFUND, 'jti-2', EXP + 86_400);
    expect(ranOut.when(onGrant(grant, nextDay))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'key.forgotten', mayBeDone: true } }]);
  });

  it('may be followed by another at any time where doing it twice is doing it once', () => {
    const ranOut = went(calling(LABEL), timeout, late);
    expect(ranOut.when(onGrant(grantFor(LABEL, 'jti-2', EXP + 86_400), at(NOW + hours(24))))).toMatchObject([{ type: 'countersign.attempt.started', data: { afterUnknown: true } }]);
  });
});

describe('looking at an effect', () => {
  const said = went(calling(), done);
  const silent = went(calling(ONCE), timeout);

  it('verifies what the tool said, and keeps its answer', () => {
    expect(said.when(onLook({ ...found, result: { refund: 'another' } }))).toMatchObject([{ type: 'countersign.action.verified', data: { found: sha256('found'), result: { refund: 're_1' }, outsideId: 're_1', usedMicroUsd: 2_000 } }]);
  });

  it('takes what it finds for an answer that was lost', () => {
    expect(silent.when(onLook(found))).toMatchObject([{ type: 'countersign.action.verified', data: { result: { refund: 're_1' }, outsideId: 're_1' } }]);
  });

  it('tells where the effect differs', () => {
    const faults = [{ pointer: '/amount_cents', message: 'differs from what was asked for' }];
    expect(said.when(onLook({ ...found, faults }))).toMatchObject([{ type: 'countersign.action.diverged', data: { faults, usedMicroUsd: microUsd(2_000) } }]);
  });

  it('that finds nothing of what the tool said was done is a divergence', () => {
    expect(said.when(onLook(absent))).toMatchObject([{ type: 'countersign.action.diverged', data: { faults: [{ pointer: '', message: 'nothing was found' }], outsideId: 're_1' } }]);
  });

  it('that cannot be done leaves the tool’s word, which is not a proof', () => {
    expect(said.when(onLook(unanswered))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'read-back.unanswered', resolving: false } }]);
  });

  it.each([absent, unanswered])('that finds nothing proves nothing where nobody knew ($kind)', (outcome) => {
    expect(silent.when(onLook(outcome))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'TOOL_TIMEOUT', resolving: false } }]);
  });

  it('counts for the attempt that it was made for alone', () => {
    expect(decideReadBack({ jti: 'jti-1', attempt: 2 }, found, said.state, context)).toEqual([]);
    expect(looked(said, found).when(onLook(found))).toEqual([]);
  });
});

describe('work', () => {
  const workOf = (so: Given<ExecutionState>): readonly object[] => workForExecution(so.state, so.newest.event, so.newest.cause);
  const grantPlace = { topic: 'decisions', offset: 7 };

  it('is a call at its time, with the place of the grant', () => {
    expect(workOf(calling())).toMatchObject([{ id: 'jti-1/1/call', kind: 'call', bulkhead: 'payments.refund', notBefore: NOW, deadline: NOW + 5_000, grant: grantPlace, attempt: 1 }]);
    expect(workOf(went(calling(), refused))).toMatchObject([{ id: 'jti-1/2/call', notBefore: NOW + 500, grant: grantPlace }]);
  });

  it('is a look at the effect', () => {
    expect(workOf(went(calling(), done))).toMatchObject([{ id: 'jti-1/1/read-back', kind: 'read-back', grant: grantPlace }]);
  });

  it('is nothing where the grant has ended', () => {
    expect(workOf(went(calling(UNSEEN_REFUND), done))).toEqual([]);
  });

  it('of a restored state waits until an earlier owner’s attempt is over, and looks at once', () => {
    expect(openExecutionWork(calling().state)).toMatchObject([{ kind: 'interrupted', notBefore: NOW + seconds(5) + seconds(1) }]);
    expect(openExecutionWork(went(calling(), done).state)).toMatchObject([{ kind: 'read-back', notBefore: NOW }]);
    expect(openExecutionWork(looked(went(calling(), done), found).state)).toEqual([]);
  });
});

describe('what is remembered', () => {
  it('of a used grant goes when it would be refused as expired anyway', () => {
    const over = went(calling(UNSEEN_REFUND), done);
    const grant = grantFor(REFUND, 'jti-2', EXP + 600);
    const later = at(EXP * 1_000);
    expect([...over.handle(grant, onGrant(grant, later), later.now).state.used.keys()]).toEqual(['jti-2']);
  });

  it('of an action whose grant ran out is as long as the log', () => {
    const ranOut = went(calling(UNSEEN_REFUND), timeout, at(EXP * 1_000));
    expect(ranOut.state.unresolved.size).toBe(1);
    const after = (days: number): number => {
      const now = (NOW + days * hours(24) + minutes(2)) as Instant;
      const grant = grantFor(GET_CHARGE, 'jti-2', now / 1_000 + 60, 'charge');
      return ranOut.handle(grant, (state) => onGrant(grant, at(now))(state), now).state.unresolved.size;
    };
    expect([after(13), after(14)]).toEqual([1, 0]);
  });

  it('survives a snapshot', () => {
    for (const { state } of [calling(), went(calling(), done), went(calling(UNSEEN_REFUND), timeout, at(EXP * 1_000))]) {
      expect(thawExecutions(JSON.parse(JSON.stringify(freezeExecutions(state))))).toEqual(state);
    }
  });
});
