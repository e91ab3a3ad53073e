import { describe, expect, it } from 'vitest';
import { hours, minutes, runIdOf, sha256, timestamp, type Instant, type Workflow } from '@countersign/kernel';
import { given, NOW, type Written } from '@countersign/testing/given';
import { context, denied, on, OTHERS, planner, sorted, started, succeeded, after, verified } from '@countersign/testing/planner-world';
import { ADA, AGENT, CHARGE_STEP, CONTRACT, controlsWith, GET_CHARGE, hashOfDocument, PLAYBOOK, REFUND, REFUND_DESK, RUN, taskSubmitted, UPSTREAM } from '@countersign/testing/refund-desk';
import type { AgentContract } from '../config/agent-contract.js';
import type { Playbook } from '../config/playbook.js';
import { TASK_MEMORY } from './constants.js';
import { dueRuns, nextRunDeadline } from './decide-run.js';
import type { PlanContext } from './plan-context.js';

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
    const so = after(started(), succeeded(started(), 'charge'));
    expect(so.when(on(verified(so, 'refund')))).toMatchObject([{
      type: 'countersign.run.closed',
      data: { task: 'ticket-1', source: '/helpdesk', outcome: 'succeeded', reason: 'every step is done', cost: { microUsd: 2_500 }, sideEffects: [{ step: 'refund', tool: 'payments.refund', outsideId: 're_1', state: 'verified' }] },
    }]);
  });

  it('counts the events that it wrote and that they came from, each once', () => {
    const so = after(started(), succeeded(started(), 'charge'));
    const last = verified(so, 'refund');
    const ids = new Set([taskSubmitted().event.id, ...so.log.map(({ event }) => event.id), succeeded(started(), 'charge').event.id, last.event.id]);
    expect(so.when(on(last))).toMatchObject([{ data: { events: { count: 7, root: sha256(sorted([...ids]).join()) } } }]);
    expect(ids.size).toBe(7);
  });

  it('of a task that comes again while it is remembered is not started again, open or closed', () => {
    const open = started();
    expect(open.when(on(taskSubmitted({ offset: 9 })))).toEqual([]);
    const afterRead = after(open, succeeded(open, 'charge'));
    const closed = after(afterRead, verified(afterRead, 'refund'));
    expect(closed.state.runs.size).toBe(0);
    expect(closed.when(on(taskSubmitted({ offset: 9 }), { ...context, now: (NOW + TASK_MEMORY - 1) as Instant }))).toEqual([]);
  });

  it('of a task that has been forgotten starts again', () => {
    const open = started();
    const closed = after(open, denied(open, 'charge'));
    expect(closed.when(on(taskSubmitted({ offset: 9 }), { ...context, now: (NOW + TASK_MEMORY + hours(1)) as Instant }))).toMatchObject([{ type: 'countersign.run.started' }, { type: 'countersign.action.proposed' }]);
  });

  it('of the same id that is handed to another workflow is another run', () => {
    const other: AgentContract = { ...CONTRACT, id: 'goodwill-desk', workflow: 'goodwill-desk' as Workflow };
    const where = { ...context, controls: controlsWith({ contracts: [CONTRACT, other] }) };
    const so = started(where);
    const task = taskSubmitted({ workflow: other.workflow, contract: other, offset: 1 });
    const [begun] = so.when(on(task, where));
    expect(begun).toMatchObject({ type: 'countersign.run.started', workflow: 'goodwill-desk', run: task.event.run, data: { task: 'ticket-1', source: '/helpdesk' } });
    expect(begun?.run).not.toBe(RUN);
  });

  it('of a person’s signed task is theirs, also where an unsigned one under its id was there first', () => {
    const { event, cause } = taskSubmitted({ offset: 1, input: { charge: 'ch_2', amount_cents: 900 } });
    const signed = { event: { ...event, data: Object.assign({}, event.data, { subject: ADA, signature: 'of-ada' }) } as typeof event, cause };
    const so = started();
    const [begun] = so.when(on(signed));
    expect(begun).toMatchObject({ type: 'countersign.run.started', run: runIdOf('acme', REFUND_DESK, '/helpdesk', 'ticket-1', ADA), data: { subject: ADA, input: { charge: 'ch_2', amount_cents: 900 } } });
    expect(after(so, signed).when(on(signed))).toEqual([]);
  });

  it('is denied under a contract that has been out of force for longer than a task is remembered', () => {
    const where = { ...context, controls: controlsWith({ contracts: [{ ...CONTRACT, accepts: ['another.type'] }] }, context.controls) };
    expect(given(planner).when(on(taskSubmitted(), { ...where, now: (NOW + TASK_MEMORY) as Instant }))).toMatchObject([{ type: 'countersign.run.started' }, { type: 'countersign.action.proposed' }]);
    expect(given(planner).when(on(taskSubmitted(), { ...where, now: (NOW + TASK_MEMORY + 1) as Instant }))).toMatchObject([
      { type: 'countersign.run.started' },
      { type: 'countersign.run.closed', data: { outcome: 'denied', reason: 'workflow.unknown: contract `refund-desk` is not in force for workflow `refund-desk` of tenant `acme`' } },
    ]);
  });

  it('forgets tasks by the time of the events, not by a clock', () => {
    const one = started();
    const later = (NOW + TASK_MEMORY + hours(1)) as Instant;
    const task = taskSubmitted({ task: 'ticket-2', offset: 1 });
    const both = one.handle(task, on(task, { ...context, now: later }), later);
    expect(both.state.seen.size).toBe(1);
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

describe('the deadline of a run', () => {
  const late = (NOW + hours(1)) as Instant;

  it('stops proposals, and the run ends when what is under way has ended', () => {
    const so = started();
    expect(so.when(on(succeeded(so, 'charge'), { ...context, now: late }))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'failed', reason: expect.stringContaining('run.deadline') } }]);
  });

  it('does not undo a run whose last step was done in time', () => {
    const so = after(started(), succeeded(started(), 'charge'));
    expect(so.when(on(verified(so, 'refund'), { ...context, now: late }))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'succeeded' } }]);
  });

  it('ends a run of which nothing is heard ten minutes later: failed where it only reads, unknown where it writes', () => {
    const reading = started();
    const end = (late + minutes(10)) as Instant;
    expect(nextRunDeadline(reading.state)).toBe(end);
    expect(dueRuns(reading.state, { ...context, now: (end - 1) as Instant })).toEqual([]);
    expect(dueRuns(reading.state, { ...context, now: end })).toMatchObject([{ cause: reading.newest.cause, outgoing: [{ type: 'countersign.run.closed', data: { outcome: 'failed', sideEffects: [] } }] }]);
    const writing = after(reading, succeeded(reading, 'charge'));
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
