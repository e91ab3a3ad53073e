import { describe, expect, it } from 'vitest';
import type { LogRecord, Moment, Received } from '@countersign/bus';
import type { ControlState, Output, PlannerState } from '@countersign/domain';
import { hours, type Instant, type Sha256 } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { denied, following, step } from '@countersign/testing/planner-world';
import { AGENT, controlsWith, REFUND_STEP, taskSubmitted } from '@countersign/testing/refund-desk';
import { eventRoot } from './event-root.js';
import { PlannerHandler } from './planner.handler.js';

const handler = new PlannerHandler('countersign.local');
const planner: Core<PlannerState> = { service: 'planner', initialState: () => handler.initialState(), evolve: (state, event, cause) => handler.evolve(state, event, cause) };

const received = ({ event, cause }: Written): Received => ({ event, topic: cause.topic, offset: cause.offset, sha256: cause.sha256 as Sha256, partition: 0, key: 'acme/refund-desk', record: {} as LogRecord });
const moment = (controls: ControlState, now: Instant = NOW): Moment<ControlState> => ({ now, partition: 0, controls, controlEpoch: controls.epoch });
const on = (trigger: Written, controls = controlsWith()) => (state: PlannerState): readonly Output[] => handler.handle(received(trigger), state, moment(controls));
const begun = (task = taskSubmitted(), controls = controlsWith()): Given<PlannerState> => given(planner).handle(task, on(task, controls));

describe('the planner', () => {
  it('proposes as the agent of its own trust domain', () => {
    expect(begun().log.map(({ event }) => event)).toMatchObject([{ type: 'countersign.run.started' }, { type: 'countersign.action.proposed', data: { agent: AGENT } }]);
    const elsewhere = new PlannerHandler('example.org').handle(received(taskSubmitted()), handler.initialState(), moment(controlsWith()));
    expect(elsewhere).toMatchObject([{}, { data: { agent: AGENT.replace('countersign.local', 'example.org') } }]);
  });

  it('rejects arguments that break the schema of the tool, by the checker that the configuration is checked with', () => {
    const { controls } = following([REFUND_STEP]);
    const tasks = [1_200, 'a lot'].map((amount) => taskSubmitted({ input: { charge: 'ch_1', amount_cents: amount } }));
    expect(tasks.map((task) => begun(task, controls).log.map(({ event }) => event.type)[1])).toEqual(['countersign.action.proposed', 'countersign.proposal.rejected']);
  });

  it('closes a run with the Merkle root of its events', () => {
    const { controls } = following([step('charge', { tool: 'charges.get', args: { charge: { from: 'task', pointer: '/charge' } } })]);
    const so = begun(taskSubmitted(), controls);
    const no = denied(so, 'charge');
    const ids = [taskSubmitted().event.id, ...so.log.map(({ event }) => event.id), no.event.id].toSorted((one, other) => (one < other ? -1 : 1));
    expect(so.when(on(no, controls))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'denied', events: { count: 4, root: eventRoot(ids) } } }]);
  });

  it('is due when a run had its time, and not before', () => {
    const { state } = begun();
    const due = handler.nextDue(state) ?? NOW;
    expect(due).toBeGreaterThanOrEqual(NOW + hours(1));
    expect(handler.due(state, moment(controlsWith(), (due - 1) as Instant))).toEqual([]);
    expect(handler.due(state, moment(controlsWith(), due))).toMatchObject([{ outgoing: [{ type: 'countersign.run.closed' }] }]);
  });

  it('goes on from what was frozen as if nothing had happened', () => {
    const so = begun();
    expect(handler.freeze(handler.thaw(structuredClone(handler.freeze(so.state))))).toEqual(handler.freeze(so.state));
    expect(handler.handle(received(taskSubmitted()), handler.thaw(handler.freeze(so.state)), moment(controlsWith()))).toEqual([]);
  });
});
