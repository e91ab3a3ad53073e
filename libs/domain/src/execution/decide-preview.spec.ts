import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { hours, sha256, timestamp, type Instant } from '@countersign/kernel';
import { context, executor, grantFor, OK, onCall, onGrant, refused, timeout, went } from '@countersign/testing/executor-world';
import { but, given, NOW, type Given, type Written } from '@countersign/testing/given';
import { ACME, AGENT, controlsWith, EXECUTOR_KEY, GET_CHARGE, heard, proposalOf, REFUND, REFUND_DESK, RUN, stopping, UPSTREAM } from '@countersign/testing/refund-desk';
import type { ToolContract } from '../config/tool-contract.js';
import type { Output } from '../output.js';
import { previewHashOf } from '../preview-hash.js';
import { decidePreview, decidePreviewGrant } from './decide-preview.js';
import { evolveExecutions, freezeExecutions, thawExecutions } from './evolve-executions.js';
import type { ExecutionContext, GrantCheck, PreviewOutcome } from './execution-context.js';
import type { ExecutionState } from './execution-state.js';
import { openExecutionWork, workForExecution } from './work.js';

const SHOWING: ToolContract = { ...REFUND, preview: { kind: 'dry-run', request: { method: 'POST', path: '/charges/{charge}/refunds/dry-run', query: {}, headers: {} }, changes: [{ field: 'refunded', after: { from: 'answer', pointer: '/after' } }] } };
const controls = controlsWith({ tools: [GET_CHARGE, SHOWING] });
const here: ExecutionContext = { ...context, controls };
const { action, actionHash } = proposalOf(SHOWING, 'refund');
const END = timestamp((NOW + hours(1)) as Instant);

const questionOn = (change: Partial<EventData<'countersign.approval.required'>> = {}): Written =>
  heard(
    newEvent({ service: 'policy', type: 'countersign.approval.required', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW, subject: 'ask-1', data: { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 3, tier: 3, quorum: 1, roles: ['finance'], deadline: END, day: '2026-01-02', month: '2026-01', sub: UPSTREAM, act: AGENT, preview: { aud: 'executor', iat: NOW / 1_000, exp: NOW / 1_000 + 30, jti: 'look-1', cnf: EXECUTOR_KEY }, runDeadline: END, ...change } }),
    'decisions',
    5,
  );
const onQuestion = ({ event }: Written = questionOn(), where = here, check: GrantCheck = OK) => (state: ExecutionState): readonly Output[] => (event.type === 'countersign.approval.required' ? decidePreviewGrant(event, check, state, where) : []);
const asked = (): Given<ExecutionState> => given(executor).handle(questionOn(), onQuestion());

const DRY_RUN = { kind: 'dry-run', changes: [{ field: 'refunded', after: 1_200 }] } as const satisfies PreviewOutcome;
const HASH = previewHashOf({ kind: 'dry-run', changes: [...DRY_RUN.changes] });
const answered = (outcome: PreviewOutcome = DRY_RUN): Given<ExecutionState> => {
  const so = asked();
  return so.handle(so.newest, (state) => decidePreview({ jti: 'look-1' }, outcome, state));
};
const reasonOf = ([output]: readonly Output[]): string | undefined => (output?.type === 'countersign.action.previewed' ? output.data.preview.reason?.code : undefined);

describe('leave to look', () => {
  it('is announced before the tool is asked, and answered with the hash of what it said', () => {
    expect(asked().newest.event).toMatchObject({ type: 'countersign.preview.started', data: { jti: 'look-1', approval: 'ask-1', tool: 'payments.refund' } });
    expect(answered().newest.event).toMatchObject({ type: 'countersign.action.previewed', data: { jti: 'look-1', approval: 'ask-1', actionHash, preview: { ...DRY_RUN, hash: HASH } } });
  });

  it('says what it was asked by, so that nobody reads the answer before the question', () => {
    expect(answered().newest.event.causes).toContain(' ');
    expect(answered().newest.event.causes).toContain('@decisions/5#');
  });

  it('is no leave to act: nothing else comes of it, and nothing is attempted', () => {
    expect(asked().when(onQuestion())).toEqual([]);
    expect(workForExecution(asked().state, asked().newest.event, asked().newest.cause)).toMatchObject([{ kind: 'preview', jti: 'look-1', attempt: 0, deadline: NOW + 30_000, grant: { topic: 'decisions', offset: 5 } }]);
    expect(asked().state.open.size).toBe(0);
  });

  it('is used once, whoever writes the question again', () => {
    expect(answered().when(onQuestion())).toEqual([]);
    expect(answered().when((state) => decidePreview({ jti: 'look-1' }, DRY_RUN, state))).toEqual([]);
    const again = questionOn({ preview: { aud: 'executor', iat: NOW / 1_000, exp: NOW / 1_000 + 30, jti: 'look-2', cnf: EXECUTOR_KEY } });
    expect(answered().when(onQuestion(again))).toEqual([]);
  });

  it.each<[string, Written, ExecutionContext, GrantCheck, string]>([
    ['its check failed', questionOn(), here, { ok: false, code: 'key.wrong', message: 'for another' }, 'key.wrong'],
    ['its time is over', questionOn(), { ...here, now: (NOW + 30_000) as Instant }, OK, 'expired'],
    ['the contract of the tool says of no way', questionOn(proposalOf(GET_CHARGE, 'refund')), here, OK, 'preview.not-offered'],
    ['safe mode holds everything', questionOn(), { ...here, controls: stopping(controls, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: 'safe' }) }, OK, 'mode'],
    ['a kill is over it', questionOn(), { ...here, controls: stopping(controls, 'countersign.kill-switch.set', { scope: 'tool', value: 'payments.refund' }) }, OK, 'killed'],
  ])('makes nothing where %s, and says so', (_why, question, where, check, code) => {
    const outputs = given(executor).when(onQuestion(question, where, check));
    expect(outputs).toHaveLength(1);
    expect(reasonOf(outputs)).toBe(code);
  });

  it('is taken up in read-only mode: asking changes nothing', () => {
    const readOnly = stopping(controls, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: 'read-only' });
    expect(given(executor).when(onQuestion(questionOn(), { ...here, controls: readOnly }))).toMatchObject([{ type: 'countersign.preview.started' }]);
  });

  it('is taken up again by whoever has the partition next, and answered once', () => {
    const thawed = thawExecutions(JSON.parse(JSON.stringify(freezeExecutions(asked().state))));
    expect(openExecutionWork(thawed)).toMatchObject([{ id: 'look-1/preview', kind: 'preview', notBefore: 0 }]);
    const written = answered();
    const over = evolveExecutions(thawed, written.newest.event, written.newest.cause);
    expect(openExecutionWork(over)).toEqual([]);
    expect(decidePreview({ jti: 'look-1' }, DRY_RUN, over)).toEqual([]);
    expect(freezeExecutions(over)).toEqual(freezeExecutions(written.state));
  });
});

describe('what was shown', () => {
  const voted = (change: object): Written => {
    const { event, cause } = grantFor(SHOWING);
    return { event: { ...event, data: but(event.data as object, change) } as Written['event'], cause };
  };
  const on = (grant: Written) => onGrant(grant, here);

  it('is what a grant has to name for its approval, by the executor’s own memory', () => {
    expect(answered().when(on(voted({ approval: 'ask-1', previewHash: HASH })))).toMatchObject([{ type: 'countersign.attempt.started' }]);
    for (const other of [{ approval: 'ask-1', previewHash: sha256('other') }, { approval: 'ask-2', previewHash: HASH }, { extension: { approval: 'ask-2', previewHash: HASH } }]) {
      expect(answered().when(on(voted(other)))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'preview.differs' } }]);
    }
    expect(answered({ kind: 'none', code: 'http.409', message: 'the tool answered 409' }).when(on(voted({ approval: 'ask-1', previewHash: HASH })))).toMatchObject([{ data: { code: 'preview.differs' } }]);
  });

  it('is forgotten when nothing can be granted any more that rests on it', () => {
    const so = answered();
    const late = (NOW + hours(1)) as Instant;
    const grant = grantFor(GET_CHARGE, 'jti-9', late / 1_000 + 60, 'charge', hours(3));
    const after = so.handle(grant, onGrant(grant, { ...here, now: late }), late);
    expect(so.state.shown.size).toBe(1);
    expect(after.state.shown.size).toBe(0);
  });

  it('and would be something else now ends the grant without a call, and is decided anew', () => {
    const calling = answered().handle(voted({ approval: 'ask-1', previewHash: HASH }), on(voted({ approval: 'ask-1', previewHash: HASH })));
    expect(calling.when(onCall({ kind: 'not-sent', code: 'preview.changed', latencyMs: 0 }, here))).toMatchObject([
      { type: 'countersign.action.failed', data: { code: 'preview.changed', retrying: true } },
      { type: 'countersign.grant.refused', data: { code: 'preview.changed', mayBeDone: false } },
    ]);
    const over = went(calling, { kind: 'not-sent', code: 'preview.changed', latencyMs: 0 }, here);
    expect([...over.state.unresolved.values()]).toMatchObject([{ spent: 0, mayBeDone: false }]);
  });

  it('is looked at again by no call behind one that may have had its effect', () => {
    const workOf = (so: Given<ExecutionState>): readonly object[] => workForExecution(so.state, so.newest.event, so.newest.cause);
    const calling = given(executor).handle(grantFor(SHOWING), onGrant(grantFor(SHOWING), here));
    expect(workOf(calling)).toMatchObject([{ kind: 'call', mayBeDone: false }]);
    expect(workOf(went(calling, refused, here))).toMatchObject([{ kind: 'call', attempt: 2, mayBeDone: false }]);
    expect(workOf(went(calling, timeout, here))).toMatchObject([{ kind: 'call', attempt: 2, mayBeDone: true }]);
  });
});
