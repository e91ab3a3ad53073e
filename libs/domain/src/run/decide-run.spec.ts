import { describe, expect, it } from 'vitest';
import { newEvent, type EventData, type EventType } from '@countersign/contracts';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, AGENT, CHARGE_STEP, CONTRACT, controlsWith, GET_CHARGE, hashOfDocument, heard, PLAYBOOK, REFUND, REFUND_DESK, REFUND_STEP, RUN, taskSubmitted, UPSTREAM } from '@countersign/testing/refund-desk';
import { hours, microUsd, minutes, sha256, timestamp, type Instant, type StepId } from '@countersign/kernel';
import type { Playbook, PlaybookStep } from '../config/playbook.js';
import type { Output } from '../output.js';
import { decideRun, dueRuns, nextRunDeadline } from './decide-run.js';
import { evolveRuns, initialRuns } from './evolve-runs.js';
import type { PlanContext } from './plan-context.js';
import type { PlannerState } from './run-state.js';

const planner: Core<PlannerState> = { service: 'planner', initialState: initialRuns, evolve: evolveRuns };

const context: PlanContext = {
  now: NOW,
  controls: controlsWith(),
  trustDomain: 'countersign.local',
  argumentFaults: (_tool, args) => (Number.isInteger(args['amount_cents'] ?? 0) ? [] : [{ pointer: '/amount_cents', message: 'must be integer' }]),
  eventRoot: (ids) => sha256(ids.join()),
};

const following = (steps: readonly PlaybookStep[], contract = CONTRACT): PlanContext => ({ ...context, controls: controlsWith({ playbooks: [{ ...PLAYBOOK, steps }], contracts: [contract] }) });
const step = (id: string, rest: Omit<PlaybookStep, 'id'>): PlaybookStep => ({ id: id as StepId, ...rest });
const OTHERS = { ...CONTRACT, tenants: ['globex' as typeof ACME] };
const byTask = { charge: { from: 'task', pointer: '/charge' } } as const;

/** An event of policy or of the executor about the newest proposal for a step. */
const about = <Type extends EventType>(so: Given<PlannerState>, id: string, type: Type, data: Omit<EventData<Type>, 'actionHash'>, offset = 0): Written => {
  const proposed = so.log.findLast(({ event }) => event.step === id && event.type === 'countersign.action.proposed')?.event.data as EventData<'countersign.action.proposed'>;
  const whole = { ...data, actionHash: proposed.actionHash } as unknown as EventData<Type>;
  const event = newEvent({ service: 'executor', type, tenant: ACME, workflow: REFUND_DESK, run: RUN, step: id as StepId, subject: `${type}${offset}`, now: NOW, data: whole });
  return heard(event, 'executions', offset);
};
const OF_ATTEMPT = { jti: 'jti', attempt: 1 } as const;
const succeeded = (so: Given<PlannerState>, id: string, result = {}): Written => about(so, id, 'countersign.action.succeeded', { ...OF_ATTEMPT, result, latencyMs: 1, usedMicroUsd: microUsd(500), readBack: false });
const verified = (so: Given<PlannerState>, id: string): Written => about(so, id, 'countersign.action.verified', { ...OF_ATTEMPT, found: sha256('found'), result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 1, usedMicroUsd: microUsd(2_000) });
const denied = (so: Given<PlannerState>, id: string, code = 'rule.forbids'): Written =>
  about(so, id, 'countersign.action.denied', { action: {} as never, reasons: [{ rule: 'no_refunds', code, message: 'no refunds today' }], policySet: sha256('set'), controlEpoch: 3 });

const on = (trigger: Written, where: PlanContext = context) => (state: PlannerState): readonly Output[] => decideRun(trigger.event, state, where);
const started = (where: PlanContext = context, task = taskSubmitted()): Given<PlannerState> => given(planner).handle(task, on(task, where));
const then = (so: Given<PlannerState>, trigger: Written, where: PlanContext = context): Given<PlannerState> => so.handle(trigger, on(trigger, where));
const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted((a, b) => (a < b ? -1 : 1));
const typesOf = (outputs: readonly Output[]): readonly string[] => outputs.map(({ type, step: id }) => `${type.slice('countersign.'.length)}${id === undefined ? '' : ` ${id}`}`);

describe('a run', () => {
  it('starts with its contract, playbook and deadline, and proposes what nothing has to come before', () => {
    const task = taskSubmitted();
    expect(given(planner).when(on(task))).toMatchObject([
        {
          type: 'countersign.run.started',
          run: RUN,
          data: { task: 'ticket-1', source: '/helpdesk', contract: { id: 'refund-desk', hash: hashOfDocument(CONTRACT) }, playbook: { id: 'refund', hash: hashOfDocument(PLAYBOOK) }, agent: AGENT, subject: UPSTREAM, deadline: timestamp((NOW + hours(1)) as Instant) },
        },
        { type: 'countersign.action.proposed', step: 'charge', data: { effect: 'read', after: [], action: { tool: 'charges.get', args: { charge: 'ch_1' }, toolContractHash: hashOfDocument(GET_CHARGE), destination: 'payments', dryRun: false } } },
      ]);
  });

  it('proposes a write when every step before it has ended', () => {
    const so = started();
    expect(so.when(on(succeeded(so, 'charge', { status: 'paid' })))).toMatchObject([
      { type: 'countersign.step.observed', step: 'charge', data: { outcome: 'succeeded', result: { status: 'paid' }, usedMicroUsd: 500 } },
      { type: 'countersign.action.proposed', step: 'refund', data: { effect: 'write', after: ['charge'], action: { args: { charge: 'ch_1', amount_cents: 1_200 } } } },
    ]);
  });

  it('ends with the outcome, what it cost and what it did outside', () => {
    const so = then(started(), succeeded(started(), 'charge'));
    expect(so.when(on(verified(so, 'refund')))).toMatchObject([{
      type: 'countersign.run.closed',
      data: { task: 'ticket-1', source: '/helpdesk', outcome: 'succeeded', reason: 'every step is done', cost: { microUsd: 2_500 }, sideEffects: [{ step: 'refund', tool: 'payments.refund', outsideId: 're_1', state: 'verified' }] },
    }]);
  });

  it('counts the events that it wrote and that they came from, each once', () => {
    const so = then(started(), succeeded(started(), 'charge'));
    const last = verified(so, 'refund');
    const ids = new Set([taskSubmitted().event.id, ...so.log.map(({ event }) => event.id), succeeded(started(), 'charge').event.id, last.event.id]);
    expect(so.when(on(last))).toMatchObject([{ data: { events: { count: 7, root: sha256(sorted([...ids]).join()) } } }]);
    expect(ids.size).toBe(7);
  });

  it('of a task that comes again within a day is not started again, open or closed', () => {
    const open = started();
    expect(open.when(on(taskSubmitted({ offset: 9 })))).toEqual([]);
    const afterRead = then(open, succeeded(open, 'charge'));
    const closed = then(afterRead, verified(afterRead, 'refund'));
    expect(closed.state.runs.size).toBe(0);
    expect(closed.when(on(taskSubmitted({ offset: 9 }), { ...context, now: (NOW + hours(24) - 1) as Instant }))).toEqual([]);
  });

  it('of a task that comes again after a day starts again', () => {
    const open = started();
    const closed = then(open, denied(open, 'charge'));
    expect(closed.when(on(taskSubmitted({ offset: 9 }), { ...context, now: (NOW + hours(24)) as Instant }))).toMatchObject([{ type: 'countersign.run.started' }, { type: 'countersign.action.proposed' }]);
  });

  it('forgets tasks by the time of the events, not by a clock', () => {
    const one = started();
    const later = (NOW + hours(25)) as Instant;
    const task = taskSubmitted({ task: 'ticket-2', offset: 1 });
    const both = one.handle(task, on(task, { ...context, now: later }), later);
    expect([...both.state.seen.keys()]).toHaveLength(1);
  });
});

describe('a run that nobody may do', () => {
  const { active: _, ...nothingInForce } = context.controls;
  const cases: readonly (readonly [string, Written, PlanContext])[] = [
    ['the contract was never published', taskSubmitted({ contract: { ...CONTRACT, owner: 'nobody' } }), context],
    ['the contract is for another workflow', taskSubmitted({ workflow: 'payroll' as typeof REFUND_DESK }), context],
    ['the contract is for other tenants', taskSubmitted({ contract: OTHERS }), { ...context, controls: controlsWith({ contracts: [OTHERS] }) }],
    ['no configuration is in force', taskSubmitted(), { ...context, controls: nothingInForce }],
  ];
  it.each(cases)('is denied where %s', (_why, task, where) => {
    expect(given(planner).when(on(task, where))).toMatchObject([{ type: 'countersign.run.started' }, { type: 'countersign.run.closed', data: { outcome: 'denied' } }]);
  });
});

describe('the steps of a run', () => {
  const READS = [CHARGE_STEP, step('again', { tool: 'charges.get', args: byTask })];
  const WRITE = { tool: 'payments.refund', args: REFUND_STEP.args };

  it('that only read are proposed together', () => {
    expect(typesOf(on(taskSubmitted(), following(READS))(initialRuns()))).toEqual(['run.started', 'action.proposed charge', 'action.proposed again']);
  });

  it('that write wait for all before them, one after the other', () => {
    const where = following([...READS, step('first', WRITE), step('second', WRITE)]);
    const so = started(where);
    const one = then(so, succeeded(so, 'charge'), where);
    expect(typesOf(one.log.slice(3).map(({ event }) => event as unknown as Output))).toEqual(['step.observed charge']);
    expect(typesOf(on(succeeded(so, 'again'), where)(one.state))).toEqual(['step.observed again', 'action.proposed first']);
  });

  it('that read wait for the writes before them', () => {
    const where = following([step('first', WRITE), CHARGE_STEP]);
    expect(typesOf(on(taskSubmitted(), where)(initialRuns()))).toEqual(['run.started', 'action.proposed first']);
  });

  it('that say what they come after wait for that and for what they use', () => {
    const where = following([CHARGE_STEP, step('first', WRITE), step('second', { ...WRITE, after: [] }), step('third', { tool: 'payments.refund', after: [], args: { ...byTask, amount_cents: { from: 'step', step: 'charge' as StepId, pointer: '/left_cents' } } })]);
    const so = started(where);
    expect(typesOf(so.log.map(({ event }) => event as unknown as Output))).toEqual(['run.started', 'action.proposed charge', 'action.proposed second']);
    const outputs = on(succeeded(so, 'charge', { left_cents: 700 }), where)(so.state);
    expect(typesOf(outputs)).toEqual(['step.observed charge', 'action.proposed first', 'action.proposed third']);
    expect(outputs[2]).toMatchObject({ data: { action: { args: { charge: 'ch_1', amount_cents: 700 } }, after: ['charge'] } });
  });

  it('whose condition does not hold are skipped, and what comes after them goes on', () => {
    const never = { of: { from: 'task', pointer: '/amount_cents' }, test: { op: 'greater', value: 5_000 } } as const;
    const where = following([{ ...CHARGE_STEP, when: never }, { ...REFUND_STEP, when: never }, step('last', { tool: 'charges.get', args: byTask })]);
    expect(typesOf(on(taskSubmitted(), where)(initialRuns()))).toEqual(['run.started', 'step.observed charge', 'step.observed refund', 'action.proposed last']);
  });

  it('are all skipped: the run succeeds at once', () => {
    const where = following([{ ...CHARGE_STEP, when: { of: { from: 'task', pointer: '/gone' }, test: { op: 'exists', value: true } } }]);
    expect(typesOf(on(taskSubmitted(), where)(initialRuns()))).toEqual(['run.started', 'step.observed charge', 'run.closed']);
  });

  it.each([
    ['whose arguments break the schema', following([{ ...REFUND_STEP, args: { ...REFUND_STEP.args, amount_cents: { from: 'value', value: 1.5 } } }]), 'args.invalid', 'invalid'],
    ['whose template has nothing to say', following([step('charge', { tool: 'charges.get', args: { charge: { from: 'template', text: 'ch_{task:/gone}' } } })]), 'args.invalid', 'invalid'],
    ['whose tool is not in force', { ...context, controls: { ...following([CHARGE_STEP]).controls, active: { ...(following([CHARGE_STEP]).controls.active as NonNullable<PlanContext['controls']['active']>), tools: new Map() } } }, 'tool.unknown', 'denied'],
  ] as const)('%s are rejected, and the run ends', (_, where, code, outcome) => {
    const outputs = on(taskSubmitted(), where)(initialRuns());
    expect(outputs.slice(1)).toMatchObject([{ type: 'countersign.proposal.rejected', data: { code } }, { type: 'countersign.run.closed', data: { outcome } }]);
  });

  it('over the step limit are rejected, and the run ends when those within it have ended', () => {
    const contract = { ...CONTRACT, budgets: { maxSteps: 1 } };
    const where = following([CHARGE_STEP, step('again', { tool: 'charges.get', args: byTask })], contract);
    const so = started(where, taskSubmitted({ contract }));
    expect(so.newest.event).toMatchObject({ type: 'countersign.proposal.rejected', step: 'again', data: { code: 'steps.exceeded' } });
    expect(so.when(on(succeeded(so, 'charge'), where))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'failed', reason: 'steps.exceeded: a run of contract `refund-desk` has at most 1 steps' } }]);
  });

  it('name the place of each fault in their arguments', () => {
    const task = taskSubmitted({ input: { charge: 'ch_1', amount_cents: 'a lot' } });
    expect(on(task, following([REFUND_STEP]))(initialRuns())[1]).toMatchObject({ data: { tool: 'payments.refund', faults: [{ pointer: '/amount_cents', message: 'must be integer' }] } });
  });
});

describe('a step that ends badly', () => {
  const bad: readonly (readonly [string, (so: Given<PlannerState>) => Written, string, readonly object[]])[] = [
    ['denied by policy', (so) => denied(so, 'refund'), 'denied', []],
    ['denied because the time of the run is over', (so) => denied(so, 'refund', 'run.deadline'), 'failed', []],
    ['denied after a call that may have had its effect', (so) => denied(so, 'refund', 'effect.unknown'), 'unknown', [{ step: 'refund', state: 'unknown' }]],
    ['refused by a person', (so) => about(so, 'refund', 'countersign.decision.lapsed', { approval: 'a', reason: 'rejected', message: 'no' }), 'disapproved', []],
    ['answered by nobody', (so) => about(so, 'refund', 'countersign.decision.lapsed', { approval: 'a', reason: 'expired', message: 'nobody' }), 'expired', []],
    ['failed', (so) => about(so, 'refund', 'countersign.action.failed', { ...OF_ATTEMPT, code: 'http.409', latencyMs: 1, retrying: false }), 'failed', []],
    ['unknown', (so) => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'TOOL_TIMEOUT', latencyMs: 1, resolving: false, readBack: false }), 'unknown', [{ step: 'refund', state: 'unknown' }]],
    ['done, and not to be looked at', (so) => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'read-back.unanswered', latencyMs: 1, resolving: false, readBack: false }), 'unverified', [{ step: 'refund', state: 'unverified' }]],
    ['done otherwise', (so) => about(so, 'refund', 'countersign.action.diverged', { ...OF_ATTEMPT, faults: [{ pointer: '/amount_cents', message: 'differs' }], latencyMs: 1, usedMicroUsd: microUsd(2_000) }), 'unverified', [{ step: 'refund', state: 'unverified' }]],
    ['not acted on', (so) => about(so, 'refund', 'countersign.grant.refused', { jti: 'jti', code: 'audience', message: 'for another', mayBeDone: false }), 'failed', []],
    ['not acted on any more', (so) => about(so, 'refund', 'countersign.grant.refused', { jti: 'jti', code: 'key.forgotten', message: 'too late', mayBeDone: true }), 'unknown', [{ step: 'refund', state: 'unknown' }]],
  ];

  it.each(bad)('%s ends the run', (_, ending, outcome, sideEffects) => {
    const so = then(started(), succeeded(started(), 'charge'));
    expect(so.when(on(ending(so)))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome, sideEffects } }]);
  });

  it.each([
    ['a repeat follows a failure', (so: Given<PlannerState>) => about(so, 'refund', 'countersign.action.failed', { ...OF_ATTEMPT, code: 'http.429', latencyMs: 1, retrying: true })],
    ['somebody still looks', (so: Given<PlannerState>) => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'TOOL_TIMEOUT', latencyMs: 1, resolving: true, readBack: true })],
    ['the effect is read back', (so: Given<PlannerState>) => about(so, 'refund', 'countersign.action.succeeded', { ...OF_ATTEMPT, result: {}, latencyMs: 1, usedMicroUsd: microUsd(2_000), readBack: true })],
    ['policy decides again', (so: Given<PlannerState>) => about(so, 'refund', 'countersign.grant.refused', { jti: 'jti', code: 'expired', message: 'late', mayBeDone: true })],
  ])('is not one while %s', (_, event) => {
    const so = then(started(), succeeded(started(), 'charge'));
    expect(so.when(on(event(so)))).toEqual([]);
  });

  it('lets what is under way end, proposes nothing more, and then ends the run with every effect', () => {
    const write = { tool: 'payments.refund', args: REFUND_STEP.args, after: [] };
    const where = following([step('one', write), step('two', write), REFUND_STEP]);
    const so = started(where);
    expect(so.when(on(denied(so, 'one'), where))).toMatchObject([{ type: 'countersign.step.observed', step: 'one', data: { outcome: 'denied', reason: 'no_refunds: no refunds today' } }]);
    const half = then(so, denied(so, 'one'), where);
    expect(half.when(on(verified(so, 'two'), where))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'denied', reason: 'no_refunds: no refunds today', sideEffects: [{ step: 'two', state: 'verified' }] } }]);
  });

  it('says nothing of another action of the same step', () => {
    const so = started();
    const { event } = succeeded(so, 'charge');
    const other = heard({ ...event, data: but(event.data, { actionHash: sha256('another') }) }, 'executions');
    expect(so.when(on(other))).toEqual([]);
  });
});

describe('the deadline of a run', () => {
  const late = (NOW + hours(1)) as Instant;

  it('stops proposals, and the run ends when what is under way has ended', () => {
    const so = started();
    expect(so.when(on(succeeded(so, 'charge'), { ...context, now: late }))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'failed', reason: expect.stringContaining('run.deadline') } }]);
  });

  it('does not undo a run whose last step was done in time', () => {
    const so = then(started(), succeeded(started(), 'charge'));
    expect(so.when(on(verified(so, 'refund'), { ...context, now: late }))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'succeeded' } }]);
  });

  it('ends a run of which nothing is heard ten minutes later: failed where it only reads, unknown where it writes', () => {
    const reading = started();
    const end = (late + minutes(10)) as Instant;
    expect(nextRunDeadline(reading.state)).toBe(end);
    expect(dueRuns(reading.state, { ...context, now: (end - 1) as Instant })).toEqual([]);
    expect(dueRuns(reading.state, { ...context, now: end })).toMatchObject([{ cause: reading.newest.cause, outgoing: [{ type: 'countersign.run.closed', data: { outcome: 'failed', sideEffects: [] } }] }]);
    const writing = then(reading, succeeded(reading, 'charge'));
    expect(dueRuns(writing.state, { ...context, now: end })).toMatchObject([{ outgoing: [{ data: { outcome: 'unknown', sideEffects: [{ step: 'refund', tool: 'payments.refund', state: 'unknown' }] } }] }]);
  });

  it('is over once the run is closed', () => {
    const so = started();
    const [due] = dueRuns(so.state, { ...context, now: (late + minutes(10)) as Instant });
    const closed = so.after({ event: so.newest.event, cause: due?.cause ?? so.newest.cause }, due?.outgoing ?? []);
    expect(nextRunDeadline(closed.state)).toBeUndefined();
  });
});

it('a playbook that changes does not change the runs that follow the old one', () => {
  const so = started();
  const changed: Playbook = { ...PLAYBOOK, version: 2, steps: [CHARGE_STEP] };
  const where = { ...context, controls: controlsWith({ playbooks: [changed], contracts: [CONTRACT], tools: [GET_CHARGE, REFUND] }, context.controls) };
  expect(so.when(on(succeeded(so, 'charge'), where))).toMatchObject([{ type: 'countersign.step.observed' }, { type: 'countersign.action.proposed', step: 'refund' }]);
});
