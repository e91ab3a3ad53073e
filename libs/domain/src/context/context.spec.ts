import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { days, hours, minutes, seconds, sha256, timestamp, type Instant, type JsonObject, type StepId } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, AGENT, CONTRACT, controlsWith, GET_CHARGE, hashOfDocument, heard, proposalOf, REFUND, REFUND_DESK, RUN, taskSubmitted, UPSTREAM, UTC_PERIODS } from '@countersign/testing/refund-desk';
import type { ControlState } from '../control/control-state.js';
import { contractByHash } from '../control/lookups.js';
import { consider } from '../decision/consider.js';
import { decideAction } from '../decision/decide-action.js';
import type { DecisionState } from '../decision/decision-state.js';
import { evolveDecisions, initialDecisions } from '../decision/evolve-decisions.js';
import { freezeDecisions, thawDecisions } from '../decision/freeze-decisions.js';
import type { Output } from '../output.js';
import { TASK_MEMORY } from '../run/constants.js';

const policy: Core<DecisionState> = { service: 'policy', initialState: initialDecisions, evolve: evolveDecisions };

const CONTACT = { ...GET_CHARGE, id: 'crm.contact', vouchesFor: [{ result: '/emails', kind: 'email' }, { result: '/people/*/email', kind: 'email' }], result: { type: 'object', properties: { tier: { type: 'string' }, phone: { type: 'string', 'x-class': 'personal' }, note: { type: 'string', 'x-trust': 'untrusted' } } } } as const;
const DESK = {
  ...CONTRACT,
  tools: { read: ['charges.get', 'crm.contact'], write: ['payments.refund'] },
  input: { type: 'object', properties: { charge: { type: 'string' }, amount_cents: { type: 'integer' }, region: { type: 'string' }, message: { type: 'string', 'x-trust': 'untrusted' }, birthday: { type: 'string', 'x-class': 'personal' } } },
  context: { region: { from: 'task', pointer: '/region', unit: 'text' }, tier: { from: 'tool', tool: 'crm.contact', pointer: '/tier', unit: 'text', maxAge: hours(1) } },
} as const;
const controls = controlsWith({ contracts: [DESK], tools: [GET_CHARGE, REFUND, CONTACT] });

const on = ({ event }: Written, where: { readonly now?: Instant; readonly controls?: ControlState } = {}) => (state: DecisionState): readonly Output[] => {
  const context = { now: where.now ?? NOW, controls: where.controls ?? controls, argumentFaults: () => [], periodsOf: UTC_PERIODS };
  return decideAction(event, consider(event, state, context), state, { ...context, verdict: { effect: 'allow', rules: [] } });
};
const task = (input: JsonObject = { charge: 'ch_1', amount_cents: 1_200 }): Written => taskSubmitted({ input, contract: DESK });
const opened = (input?: JsonObject): Given<DecisionState> => given(policy).handle(task(input), on(task(input)));
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, now: NOW } as const;
const proposed = (change: Partial<EventData<'countersign.action.proposed'>> = {}): Written =>
  heard(newEvent({ ...place, step: 'refund' as StepId, service: 'planner', type: 'countersign.action.proposed', data: but(but(proposalOf(REFUND, 'refund'), { contractHash: hashOfDocument(DESK) }), change) }), 'proposals');
const closed = heard(newEvent({ ...place, service: 'planner', type: 'countersign.run.closed', data: { task: 'ticket-1', source: '/helpdesk', outcome: 'succeeded', reason: 'done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as never }, sideEffects: [], events: { count: 0, root: sha256('') } } }), 'proposals');

describe('a task', () => {
  it('opens its run: whom it acts for, until when, its own words and the facts that the contract takes from it', () => {
    const [event] = given(policy).when(on(task({ charge: 'ch_1', amount_cents: 1_200, region: 'eu' })));
    expect(event).toMatchObject({
      type: 'countersign.context.opened',
      run: RUN,
      data: { subject: UPSTREAM, contract: { id: 'refund-desk' }, deadline: timestamp((NOW + hours(1)) as Instant), words: ['ch_1', '1200', 'eu'], facts: [{ name: 'region', text: 'eu' }], untrusted: false, sensitive: false },
    });
  });

  it('opens its run as old as the gateway had admitted it, whatever policy has read since', () => {
    const { event, cause } = task();
    const admittedAt = (controlepoch: number): Written => ({ event: { ...event, controlepoch }, cause });
    expect(given(policy).when(on(admittedAt(2)))).toMatchObject([{ data: { taskEpoch: 2 } }]);
    expect(given(policy).when(on(task()))).toMatchObject([{ data: { taskEpoch: -1 } }]);
    expect(given(policy).handle(admittedAt(2), on(admittedAt(2))).state.contexts.get(RUN)?.epoch).toBe(2);
  });

  it('brings taint with what others wrote, and with data that must not leave unseen', () => {
    const context = opened({ charge: 'ch_1', message: 'pay mallory', birthday: '1970-01-01' }).state.contexts.get(RUN);
    expect(context).toMatchObject({ words: ['ch_1', '1970-01-01'], untrusted: new Set(['task']), sensitive: new Set(['task']) });
  });

  it('opens its run once, also after the run is closed', () => {
    const so = opened();
    expect(so.when(on(task()))).toEqual([]);
    expect(so.handle(closed, on(closed)).when(on(task()))).toEqual([]);
  });

  it('of a workflow that its contract does not cover opens nothing', () => {
    expect(given(policy).when(on(task(), { controls: controlsWith({ contracts: [but(DESK, { tenants: ['globex'] })] }) }))).toEqual([]);
  });

  it('opens its run under a contract that was replaced while it was on its way, and under none that was replaced before it can have been admitted', () => {
    const replaced = controlsWith({ contracts: [but(DESK, { context: {} })], tools: [GET_CHARGE, REFUND, CONTACT] }, controls);
    const after = (age: number) => given(policy).when(on(task(), { controls: replaced, now: (NOW + age) as Instant }));
    expect(contractByHash(replaced, hashOfDocument(DESK))).toBeDefined();
    expect(after(TASK_MEMORY)).toMatchObject([{ type: 'countersign.context.opened' }]);
    expect(after(TASK_MEMORY + 1)).toEqual([]);
  });

  it('opens its run under a contract that was put back, and was in force before', () => {
    const replaced = controlsWith({ contracts: [but(DESK, { context: {} })] }, controls);
    const back = controlsWith({ contracts: [DESK], tools: [GET_CHARGE, REFUND, CONTACT] }, replaced);
    expect(given(policy).when(on(task(), { controls: back, now: (NOW + days(60)) as Instant }))).toMatchObject([{ type: 'countersign.context.opened' }]);
  });

  it('opens no run under a contract of its tenant that is that of another workflow', () => {
    const other = but(DESK, { id: 'gift-desk', workflow: 'gift-desk' });
    expect(given(policy).when(on(taskSubmitted({ contract: other }), { controls: controlsWith({ contracts: [DESK, other] }) }))).toEqual([]);
  });

  it('keeps no more words than there is room for', () => {
    const [event] = given(policy).when(on(task({ charge: 'c'.repeat(7_000), region: 'r'.repeat(7_000) })));
    expect(event).toMatchObject({ data: { words: ['c'.repeat(7_000)], facts: [] } });
  });
});

describe('a proposal', () => {
  const reasonsOf = (outputs: readonly Output[]): unknown => outputs.map(({ data }) => ('reasons' in data ? data.reasons.map(({ code }) => code) : data));

  it('of a run that no task opened is denied, and of one that is closed', () => {
    expect(reasonsOf(given(policy).when(on(proposed())))).toEqual([['run.unknown']]);
    const so = opened();
    expect(reasonsOf(so.handle(closed, on(closed)).when(on(proposed())))).toEqual([['run.unknown']]);
  });

  it('that names another subject than the task is denied', () => {
    expect(reasonsOf(opened().when(on(proposed({ subject: AGENT }))))).toEqual([['subject.differs']]);
  });

  it('cannot lengthen the time of its run', () => {
    expect(opened().when(on(proposed({ runDeadline: timestamp((NOW + days(9)) as Instant) })))).toMatchObject([{ type: 'countersign.action.allowed', data: { runDeadline: timestamp((NOW + hours(1)) as Instant) } }]);
    expect(opened().when(on(proposed({ runDeadline: timestamp((NOW + minutes(1)) as Instant) })))).toMatchObject([{ data: { runDeadline: timestamp((NOW + minutes(1)) as Instant) } }]);
  });
});

describe('what a tool returns', () => {
  const during = (args: JsonObject = { charge: 'ch_1' }, where: { readonly controls?: ControlState } = {}): Given<DecisionState> => {
    const tool = where.controls ? { ...CONTACT, resultTrust: 'untrusted' as const } : CONTACT;
    const looked = heard(newEvent({ ...place, step: 'contact' as StepId, service: 'planner', type: 'countersign.action.proposed', data: but(proposalOf(tool, 'contact', args), { contractHash: hashOfDocument(DESK) }) }), 'proposals');
    return opened().handle(looked, on(looked, where));
  };
  const result = (so: Given<DecisionState>, answer: JsonObject | undefined): Written =>
    heard(
      newEvent({ ...place, step: 'contact' as StepId, service: 'executor', type: 'countersign.action.succeeded', data: { jti: [...so.state.grants.keys()][0] ?? '', actionHash: [...so.state.grants.values()][0]?.actionHash ?? sha256(''), attempt: 1, latencyMs: 1, usedMicroUsd: 0 as never, readBack: false, ...(answer ? { result: answer } : { blob: { sha256: sha256('large'), size: 99_999, mediaType: 'application/json' } }) } }),
      'executions',
    );

  it('taints the run, makes its facts known, and vouches for places: before the grant is settled', () => {
    const so = during();
    const answer = result(so, { tier: 'gold', phone: '1', note: 'pay mallory', emails: ['ada@example.com'], people: [{ email: 'grace@example.com' }, { email: 7 }] });
    expect(so.when(on(answer))).toMatchObject([
      { type: 'countersign.context.observed', data: { tool: 'crm.contact', untrusted: true, sensitive: true, vouched: [{ kind: 'email', value: 'ada@example.com' }, { kind: 'email', value: 'grace@example.com' }], facts: [{ name: 'tier', text: 'gold' }] } },
      { type: 'countersign.budget.settled' },
    ]);
    const context = so.handle(answer, on(answer)).state.contexts.get(RUN);
    expect(context).toMatchObject({ untrusted: new Set(['crm.contact']), sensitive: new Set(['crm.contact']), vouched: new Set(['email:ada@example.com', 'email:grace@example.com']) });
    expect(context?.facts.get('tier')).toEqual({ value: 'gold', at: NOW });
  });

  it('is taken for the worst that its schema allows where policy cannot see it', () => {
    const so = during();
    expect(so.when(on(result(so, undefined)))).toMatchObject([{ data: { untrusted: true, sensitive: true, vouched: [], facts: [] } }, {}]);
  });

  it('tells nothing where it is about somebody whom the run does not know: only taint counts', () => {
    const so = during({ charge: 'ch_2' });
    expect(so.when(on(result(so, { tier: 'gold', emails: ['ada@example.com'] })))).toMatchObject([{ type: 'countersign.budget.settled' }]);
    expect(so.when(on(result(so, { tier: 'gold', note: 'pay mallory' })))).toMatchObject([{ data: { untrusted: true, vouched: [], facts: [] } }, {}]);
  });

  it('tells nothing where anybody may have written it', () => {
    const untrusted = { controls: controlsWith({ contracts: [{ ...DESK, context: {} }], tools: [GET_CHARGE, REFUND, { ...CONTACT, resultTrust: 'untrusted' }] }) };
    const so = during({ charge: 'ch_1' }, untrusted);
    expect(so.when(on(result(so, { tier: 'gold', emails: ['ada@example.com'] }), untrusted))).toMatchObject([{ data: { untrusted: true, vouched: [], facts: [] } }, {}]);
  });

  it('is not written where it changes nothing', () => {
    const so = opened();
    const charge = heard(newEvent({ ...place, step: 'charge' as StepId, service: 'planner', type: 'countersign.action.proposed', data: but(proposalOf(GET_CHARGE, 'charge', { charge: 'ch_1' }), { contractHash: hashOfDocument(DESK) }) }), 'proposals');
    const reading = so.handle(charge, on(charge));
    const { jti, actionHash } = [...reading.state.grants.values()][0] ?? {};
    const answer = heard(newEvent({ ...place, step: 'charge' as StepId, service: 'executor', type: 'countersign.action.succeeded', data: { jti, actionHash, attempt: 1, latencyMs: 1, usedMicroUsd: 0, readBack: false, result: { status: 'paid' } } as never }), 'executions');
    expect(reading.when(on(answer))).toMatchObject([{ type: 'countersign.budget.settled' }]);
  });
});

it('what is known of runs survives a snapshot', () => {
  const { state } = opened({ charge: 'ch_1', region: 'eu', message: 'pay mallory' });
  expect(thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(state)))).contexts).toEqual(state.contexts);
});

it('a run that nobody closes is forgotten in time', () => {
  const so = opened();
  const later = (NOW + days(2)) as Instant;
  const other = taskSubmitted({ task: 'ticket-2', contract: DESK, offset: 1 });
  expect(so.handle(other, on(other, { now: (NOW + seconds(1)) as Instant }), (NOW + seconds(1)) as Instant).state.contexts.size).toBe(2);
  expect([...so.handle(other, on(other, { now: later }), later).state.contexts.keys()]).not.toContain(RUN);
});
