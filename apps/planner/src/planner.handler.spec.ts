import { describe, expect, it } from 'vitest';
import type { LogRecord, Moment, Received } from '@countersign/bus';
import { eventRoot, newEvent, type Via } from '@countersign/contracts';
import { hashOfQuestion, type ControlState, type Output, type PlannerState } from '@countersign/domain';
import { answerBytes, generateKey, keyIdOf, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { hours, timestamp, type Instant, type Sha256 } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { denied, following, step } from '@countersign/testing/planner-world';
import { ACME, ADA, AGENT, APPROVERS, CONTRACT, controlsWith, heard, PLAYBOOK, REFUND_DESK, REFUND_STEP, RUN, taskSubmitted } from '@countersign/testing/refund-desk';
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

describe('what people say to the planner', () => {
  const key = generateKey();
  const directory = { ...APPROVERS, people: APPROVERS.people.map((person) => ({ ...person, publicKey: person.subject === ADA ? rawPublicKeyOf(key) : person.publicKey })) };
  const DESK = { ...CONTRACT, escalation: { role: 'finance', within: hours(1), reasons: ['policy.denied' as const] } };
  const controls = controlsWith({ contracts: [DESK], approvers: [directory], playbooks: [{ ...PLAYBOOK, steps: [REFUND_STEP] }] });
  const asked = (): Given<PlannerState> => {
    const so = begun(taskSubmitted({ contract: DESK }), controls);
    return so.handle(denied(so, 'refund'), on(denied(so, 'refund'), controls));
  };
  const answered = (so: Given<PlannerState>, by = key, choice: 'resume' | 'stop' = 'resume', via?: Via): Written => {
    const question = so.newest.event.data as { readonly escalation: string };
    const said = { id: 'answer-1', time: timestamp(NOW), tenant: ACME, workflow: REFUND_DESK, run: RUN, by: ADA, reason: 'the rule is another now', escalation: question.escalation, asked: hashOfQuestion(question), choice: 'resume', ...(via && { via }) } as const;
    const value = answerBytes(said);
    const { escalation, asked: hash, reason } = said;
    const data = { escalation, asked: hash, by: ADA, reason, choice, ...(via && { via }), word: { value: value.toString(), jws: signAsPerson(value, by, keyIdOf(rawPublicKeyOf(by))) } };
    return heard(newEvent({ service: 'gateway', type: 'countersign.task.answered', tenant: ACME, workflow: REFUND_DESK, run: RUN, now: NOW, data }), 'tasks', 3);
  };

  it('has the step decided anew', () => {
    const so = asked();
    expect(so.when(on(answered(so), controls))).toMatchObject([{ type: 'countersign.run.input-answered' }, { type: 'countersign.action.proposed', step: 'refund' }]);
  });

  it('is a dead letter where the person has not signed it, or not that', () => {
    const so = asked();
    expect(() => so.when(on(answered(so, generateKey()), controls))).toThrow(expect.objectContaining({ code: 'SIGNER_UNKNOWN' }) as Error);
    expect(() => so.when(on(answered(so, key, 'stop'), controls))).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }) as Error);
  });

  it('counts in Slack where the Slack service has signed it, up to what the directory lets be said there', () => {
    const slack = generateKey();
    const slackId = keyIdOf(rawPublicKeyOf(slack));
    const via = { slack: { team: 'T0ACME', user: 'U0ADA' } };
    const there = (slackMaxTier: number) => {
      const found = controlsWith({ contracts: [DESK], approvers: [{ ...directory, slackMaxTier, people: directory.people.map((person) => (person.subject === ADA ? { ...person, slack: 'T0ACME/U0ADA' } : person)) }], playbooks: [{ ...PLAYBOOK, steps: [REFUND_STEP] }] });
      return { ...found, keys: new Map([...found.keys, [slackId, { key: slackId, service: 'slack' as const, publicKey: rawPublicKeyOf(slack), announced: 1 }]]) };
    };
    const so = asked();
    expect(so.when(on(answered(so, slack, 'resume', via), there(2)))).toMatchObject([{ type: 'countersign.run.input-answered', data: { via } }, { type: 'countersign.action.proposed' }]);
    expect(so.when(on(answered(so, slack, 'resume', via), there(1)))).toMatchObject([{ type: 'countersign.run.answer-refused', data: { code: 'answer.in-slack', via } }]);
    expect(() => so.when(on(answered(so, slack, 'resume', via), controls))).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }) as Error);
    expect(() => so.when(on(answered(so, key, 'resume', via), there(2)))).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }) as Error);
  });

  it('is waited for until the time of the question', () => {
    const so = asked();
    expect(handler.nextDue(so.state)).toBe(NOW + hours(1) / 2);
    expect(handler.due(so.state, moment(controls, (NOW + hours(1)) as Instant))).toMatchObject([{ outgoing: [{ type: 'countersign.run.input-expired' }, { type: 'countersign.run.closed', data: { outcome: 'denied' } }] }]);
  });
});
