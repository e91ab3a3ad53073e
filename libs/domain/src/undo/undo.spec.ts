import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { hours, idempotencyKeyOf, microUsd, minutes, sha256, timestamp, type Instant, type JsonObject, type RunId, type StepId } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { context as planning, planner } from '@countersign/testing/planner-world';
import { ACME, ADA, AGENT, CONTRACT, controlsWith, GET_CHARGE, hashOfDocument, heard, proposalOf, REFUND_DESK, REVERSE, REVERSIBLE, RUN, taskSubmitted, UTC_PERIODS } from '@countersign/testing/refund-desk';
import { actionHashOf } from '../action-hash.js';
import { consider } from '../decision/consider.js';
import { decideAction } from '../decision/decide-action.js';
import type { DecisionState } from '../decision/decision-state.js';
import { evolveDecisions, initialDecisions } from '../decision/evolve-decisions.js';
import { freezeDecisions, thawDecisions } from '../decision/freeze-decisions.js';
import type { Output } from '../output.js';
import { decideRun } from '../run/decide-run.js';
import { freezeRuns, thawRuns } from '../run/freeze-runs.js';
import type { PlannerState } from '../run/run-state.js';

const policy: Core<DecisionState> = { service: 'policy', initialState: initialDecisions, evolve: evolveDecisions };
const DESK = { ...CONTRACT, tools: { read: ['charges.get'], write: [REVERSIBLE.id, REVERSE.id] } };
const controls = controlsWith({ contracts: [DESK], tools: [GET_CHARGE, REVERSIBLE, REVERSE], playbooks: [{ id: 'refund', version: 1, steps: [{ id: 'refund' as StepId, tool: REVERSIBLE.id, args: { charge: { from: 'task', pointer: '/charge' }, amount_cents: { from: 'task', pointer: '/amount_cents' } } }] }] });

const LATER = (NOW + minutes(30)) as Instant;
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, now: NOW } as const;
const OTHER = 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId;
const ofRun = (run: RunId) => ({ ...place, run });

const asPolicy = ({ event }: Written, now: Instant = NOW) => (state: DecisionState): readonly Output[] => {
  const context = { now, controls, argumentFaults: () => [], periodsOf: UTC_PERIODS };
  return decideAction(event, consider(event, state, context), state, { ...context, verdict: { effect: 'allow', rules: [] } });
};
const asPlanner = ({ event }: Written, now: Instant = NOW) => (state: PlannerState): readonly Output[] => decideRun(event, state, { ...planning, controls, now });

const task = taskSubmitted({ contract: DESK });
const orderOf = (id: RunId = OTHER, undoes: EventData<'countersign.undo.ordered'>['undoes'] = { run: RUN, step: 'refund' as StepId }): Written =>
  heard(newEvent({ ...ofRun(id), service: 'gateway', type: 'countersign.undo.ordered', data: { undoes, by: ADA, reason: 'wrong customer', order: { value: '{}', jws: 'signed' } } }), 'tasks', 1);
const closed = (run: RunId, outcome: EventData<'countersign.run.closed'>['outcome'] = 'succeeded'): Written =>
  heard(newEvent({ ...ofRun(run), service: 'planner', type: 'countersign.run.closed', data: { task: 'ticket-1', source: '/helpdesk', outcome, reason: 'done', cost: { promptTokens: 0, completionTokens: 0, microUsd: microUsd(0) }, sideEffects: [], events: { count: 0, root: sha256('') } } }), 'proposals');
const proposed = (tool: typeof REVERSE, step: string, args?: JsonObject): Written =>
  heard(newEvent({ ...place, step: step as StepId, service: 'planner', type: 'countersign.action.proposed', data: but(proposalOf(tool, step, args), { contractHash: hashOfDocument(DESK) }) }), 'proposals');
/** The same in the run of Ada's order. */
const byAda = (args: JsonObject, step: string): Written => {
  const proposal = proposalOf(REVERSE, step, args);
  const action = but(proposal.action, { run: OTHER, idempotencyKey: idempotencyKeyOf(ACME, OTHER, step) });
  return heard(newEvent({ ...ofRun(OTHER), step: step as StepId, service: 'planner', type: 'countersign.action.proposed', data: but(proposal, { action, actionHash: actionHashOf(action), subject: ADA }) }), 'proposals');
};
const OF_GRANT = { attempt: 1, latencyMs: 1, usedMicroUsd: microUsd(1), found: sha256('found'), outsideId: 're_1' };

/** Policy has granted the refund, and it is done. */
const refunded = (): Given<DecisionState> => {
  const so = [task, proposed(REVERSIBLE, 'refund')].reduce((before, trigger) => before.handle(trigger, asPolicy(trigger)), given(policy));
  const { jti, actionHash } = so.newest.event.data as EventData<'countersign.action.allowed'>;
  const verified = heard(newEvent({ ...place, step: 'refund' as StepId, service: 'executor', type: 'countersign.action.verified', data: { ...OF_GRANT, jti, actionHash, result: { refund: 're_1' } } }), 'executions');
  return so.handle(verified, asPolicy(verified));
};
const codes = (outputs: readonly Output[]): unknown => outputs.flatMap(({ data }) => ('reasons' in data ? data.reasons.map(({ code }) => code) : []));
const UNDOING = { refund: 're_1', charge: 'ch_1' };

describe('what undoes an action', () => {
  it('is known to policy from the tool contract, the arguments that it granted and what the tool returned', () => {
    expect(refunded().log.map(({ event }) => event).find(({ type }) => type === 'countersign.context.observed')?.data).toMatchObject({ undo: { tool: REVERSE.id, until: timestamp((NOW + hours(1)) as Instant) } });
    expect(refunded().when(asPolicy(proposed(REVERSE, 'undo-refund', UNDOING)))).toMatchObject([{ type: 'countersign.action.allowed' }]);
  });

  it('is told to the engine, which may know by it where the arguments are from', () => {
    const trigger = proposed(REVERSE, 'undo-refund', UNDOING);
    const asked = (so: Given<DecisionState>, event: Written): unknown => consider(event.event, so.state, { now: NOW, controls, argumentFaults: () => [], periodsOf: UTC_PERIODS })?.question?.undoes;
    expect(asked(refunded(), trigger)).toBe(true);
    expect(asked(refunded(), proposed(REVERSE, 'other', UNDOING))).toBeUndefined();
  });

  it.each([
    ['with other arguments', REVERSE, 'undo-refund', { refund: 're_2', charge: 'ch_1' }],
    ['by another tool', REVERSIBLE, 'undo-refund', UNDOING],
    ['of a step that did nothing', REVERSE, 'undo-charge', UNDOING],
    ['of an undoing', REVERSE, 'undo-undo-refund', UNDOING],
  ])('is nothing else: a call %s is denied', (_, tool, step, args) => {
    expect(codes(refunded().when(asPolicy(proposed(tool, step, args))))).toContain('undo.differs');
  });

  it('is nothing before the action is done', () => {
    const so = given(policy).handle(task, asPolicy(task));
    expect(codes(so.when(asPolicy(proposed(REVERSE, 'undo-refund', UNDOING))))).toEqual(['undo.differs']);
  });
});

describe('an order to undo', () => {
  const over = (): Given<DecisionState> => refunded().handle(closed(RUN), asPolicy(closed(RUN)));
  const order = orderOf();

  it('opens a run of its own for whoever ordered it, and lets exactly that call go', () => {
    const so = over().handle(order, asPolicy(order, LATER));
    expect(so.newest.event).toMatchObject({ type: 'countersign.context.opened', run: OTHER, data: { subject: ADA, words: [], undoes: { run: RUN, step: 'refund' } } });
    const by = (args: JsonObject, step = 'undo-refund'): readonly Output[] => so.when(asPolicy(byAda(args, step), LATER));
    expect(by(UNDOING)).toMatchObject([{ type: 'countersign.action.allowed', data: { sub: ADA } }]);
    expect(codes(by({ refund: 're_2', charge: 'ch_1' }))).toEqual(['undo.differs']);
    expect(codes(by(UNDOING, 'other'))).toEqual(['undo.differs']);
  });

  it('after its time, of an open run, or of what nobody did opens nothing', () => {
    expect(over().when(asPolicy(order, (NOW + hours(1)) as Instant))).toEqual([]);
    expect(refunded().when(asPolicy(order, LATER))).toEqual([]);
    expect(over().when(asPolicy(orderOf(OTHER, { run: RUN, step: 'charge' as StepId }), LATER))).toEqual([]);
  });

  it('is followed once, unless nothing came of it; what is frozen is the same', () => {
    const so = over().handle(order, asPolicy(order, LATER));
    const again = orderOf('run-BBBBBBBBBBBBBBBBBBBBBB' as RunId);
    expect(so.when(asPolicy(again, LATER))).toEqual([]);
    for (const [outcome, times] of [['succeeded', 0], ['unknown', 0], ['denied', 1], ['failed', 1]] as const) {
      const ended = so.handle(closed(OTHER, outcome), asPolicy(closed(OTHER, outcome), LATER));
      expect(ended.when(asPolicy(again, LATER))).toHaveLength(times);
      expect(asPolicy(again, LATER)(thawDecisions(structuredClone(freezeDecisions(ended.state))))).toHaveLength(times);
    }
  });
});

describe('the planner, about an order to undo', () => {
  const begun = (): Given<PlannerState> => given(planner).handle(task, asPlanner(task));
  const over = (): Given<PlannerState> => {
    const so = begun();
    const { actionHash } = so.newest.event.data as EventData<'countersign.action.proposed'>;
    const verified = heard(newEvent({ ...place, step: 'refund' as StepId, service: 'executor', type: 'countersign.action.verified', data: { ...OF_GRANT, jti: 'jti', actionHash, result: { refund: 're_1' } } }), 'executions');
    return so.handle(verified, asPlanner(verified));
  };
  const order = orderOf();

  it('remembers past the end of a run what can still be undone', () => {
    expect(over().log.map(({ event }) => event.type.slice('countersign.'.length))).toEqual(['run.started', 'action.proposed', 'step.observed', 'run.closed']);
  });

  it('proposes the call that the log says, in a run of its own, and closes that when it is done', () => {
    let so = over().handle(order, asPlanner(order, LATER));
    expect(so.log.slice(-2).map(({ event }) => event)).toMatchObject([
      { type: 'countersign.run.started', run: OTHER, data: { source: '/countersign/undo', task: `${RUN}/refund`, subject: ADA, agent: AGENT, undoes: { run: RUN, step: 'refund' } } },
      { type: 'countersign.action.proposed', run: OTHER, step: 'undo-refund', data: { action: { tool: REVERSE.id, args: UNDOING }, subject: ADA } },
    ]);
    const { actionHash } = so.newest.event.data as EventData<'countersign.action.proposed'>;
    const verified = heard(newEvent({ ...ofRun(OTHER), step: 'undo-refund' as StepId, service: 'executor', type: 'countersign.action.verified', data: { ...OF_GRANT, jti: 'jti', actionHash } }), 'executions', 1);
    so = so.handle(verified, asPlanner(verified, LATER));
    expect(so.newest.event).toMatchObject({ type: 'countersign.run.closed', run: OTHER, data: { outcome: 'succeeded', sideEffects: [{ step: 'undo-refund', state: 'verified' }] } });
  });

  it.each([
    ['after its time', (): Given<PlannerState> => over(), (NOW + hours(1)) as Instant],
    ['while the run is open', begun, LATER],
    ['a second time', (): Given<PlannerState> => over().handle(order, asPlanner(order, LATER)), LATER],
  ])('%s refuses it, and says why', (_, so, now) => {
    expect(asPlanner(orderOf('run-BBBBBBBBBBBBBBBBBBBBBB' as RunId), now)(so().state)).toMatchObject([{ type: 'countersign.run.started' }, { type: 'countersign.run.closed', data: { outcome: 'denied', reason: expect.stringContaining('undo.not-possible') } }]);
  });

  it('that is read again does nothing, also by a process that goes on from a snapshot', () => {
    const so = over().handle(order, asPlanner(order, LATER));
    expect(so.when(asPlanner(order, LATER))).toEqual([]);
    expect(asPlanner(order, LATER)(thawRuns(structuredClone(freezeRuns(so.state))))).toEqual([]);
    expect(asPlanner(order, LATER)(thawRuns(structuredClone(freezeRuns(over().state))))).toEqual(asPlanner(order, LATER)(over().state));
  });
});
