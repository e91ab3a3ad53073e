import { describe, expect, it } from 'vitest';
import { encodeEvent, newEvent, type Owner } from '@countersign/contracts';
import { hours, type JsonObject, type StepId } from '@countersign/kernel';
import { calling, executor, grantFor, onCall, onGrant } from '@countersign/testing/executor-world';
import { but, given, NOW, write, type Given, type Written } from '@countersign/testing/given';
import { byTask, following, on, planner, started, step, succeeded, typesOf, verified } from '@countersign/testing/planner-world';
import { ACME, ADA, CONTRACT, controlsWith, heard, openedRun, proposalOf, REFUND, REFUND_DESK, REFUND_STEP, RUN, taskSubmitted, UTC_PERIODS } from '@countersign/testing/refund-desk';
import { actionHashOf } from './action-hash.js';
import { consider } from './decision/consider.js';
import { decideAction } from './decision/decide-action.js';
import type { Verdict } from './decision/verdict.js';
import { MAX_QUORUM } from './config/policy-file.js';
import { MAX_VOTE_BYTES } from './room.js';
import type { Output } from './output.js';
import type { PlannerState } from './run/run-state.js';

/** What a task or a tool says has any size; whatever is made of it is answered, and no event of it is too large to be written. */

/** Bytes of each event as the bus would write it; throws where it would be a dead letter. */
const sizes = (service: Owner, trigger: Written, outputs: readonly Output[]): readonly number[] => write(service, trigger.cause, outputs, 0).map(({ event }) => encodeEvent(event).length);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** What the bus lets one input give rise to. */
const MAX_UNIT_BYTES = 480 * 1024;

const ROOMY = { ...CONTRACT, budgets: { ...CONTRACT.budgets, run: { steps: 100 } } };

describe('what the planner writes', () => {
  const large = taskSubmitted({ input: { charge: 'c'.repeat(14_000) } });

  it('rejects a step whose arguments use one large value several times, and tells the upstream with the end of the run', () => {
    const charge = { from: 'template', text: '{task:/charge}{task:/charge}{task:/charge}{task:/charge}' } as const;
    const where = following([step('charge', { tool: 'charges.get', args: { charge } })]);
    const outputs = given(planner).when(on(large, where));
    expect(outputs).toMatchObject([
      { type: 'countersign.run.started' },
      { type: 'countersign.proposal.rejected', step: 'charge', data: { code: 'args.too-large', tool: 'charges.get' } },
      { type: 'countersign.run.closed', data: { outcome: 'invalid', reason: expect.stringMatching(/^args\.too-large: /), sideEffects: [] } },
    ]);
    expect(sizes('planner', large, outputs)).toHaveLength(3);
  });

  it('proposes no more at a time than one input may give rise to, and the rest when a step has ended', () => {
    const reads = Array.from({ length: 40 }, (_, index) => step(`read-${index}`, { tool: 'charges.get', args: byTask }));
    const where = following(reads, ROOMY);
    const many = taskSubmitted({ input: { charge: 'c'.repeat(14_000) }, contract: ROOMY });
    expect(sum(sizes('planner', many, given(planner).when(on(many, where))))).toBeLessThan(MAX_UNIT_BYTES);
    let run: Given<PlannerState> = started(where, many);
    let last: readonly Output[] = [];
    for (const { id } of reads) {
      expect(run.state.runs.get(RUN)?.steps.get(id)?.status).toBe('under-way');
      const end = succeeded(run, id, { status: 'paid' });
      last = run.when(on(end, where));
      expect(sum(sizes('planner', end, last))).toBeLessThan(MAX_UNIT_BYTES);
      run = run.after(end, last);
    }
    expect(typesOf(last)).toEqual(['run.closed']);
  });

  it('names as many side effects at the end of a run as there is room for, and says how many more there were', () => {
    const refund = { tool: 'payments.refund', args: REFUND_STEP.args, after: [] };
    const steps = Array.from({ length: 60 }, (_, index) => step(`refund-${index}`, refund));
    const where = following(steps, ROOMY);
    let so = started(where, taskSubmitted({ contract: ROOMY }));
    let outputs: readonly Output[] = [];
    let last = so.newest;
    for (const { id } of steps) {
      last = verified(so, id, '\u{1f4b6}'.repeat(200));
      outputs = so.when(on(last, where));
      so = so.after(last, outputs);
    }
    const [closed] = outputs;
    if (closed?.type !== 'countersign.run.closed') throw new Error('the run is not closed');
    expect(sizes('planner', last, outputs)).toHaveLength(1);
    expect(closed.data.sideEffects.length).toBeGreaterThan(20);
    expect(closed.data.reason).toBe(`every step is done; ${60 - closed.data.sideEffects.length} more side effects are in the record of the run`);
  });
});

describe('what policy writes', () => {
  const argumentFaults = (): readonly { readonly pointer: string; readonly message: string }[] => Array.from({ length: 40 }, (_, index) => ({ pointer: `/${'\u0000'.repeat(400)}${index}`, message: '\u0000'.repeat(400) }));
  const context = { now: NOW, controls: controlsWith(), argumentFaults: () => [], periodsOf: UTC_PERIODS };
  const proposed = (args: JsonObject): Written => {
    const proposal = proposalOf(REFUND, 'refund', args);
    const data = but(proposal, { actionHash: actionHashOf(proposal.action) });
    return heard(newEvent({ service: 'planner', type: 'countersign.action.proposed', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: proposal.action.step, now: NOW, data }), 'proposals');
  };
  const largest = proposed({ charge: 'c'.repeat(35_000), amount_cents: 1 });
  const decide = (trigger: Written, verdict: Verdict): readonly Output[] => decideAction(trigger.event, consider(trigger.event, openedRun(), context), openedRun(), { ...context, verdict });

  it('denies the largest action with as many reasons as there is room for', () => {
    const outputs = decideAction(largest.event, consider(largest.event, openedRun(), { ...context, argumentFaults }), openedRun(), context);
    expect(outputs).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: expect.arrayContaining([expect.objectContaining({ code: 'args.invalid' })]) } }]);
    expect(sizes('policy', largest, outputs)).toHaveLength(1);
  });

  it('grants it as long as nobody has to be asked', () => {
    const outputs = decide(largest, { effect: 'allow', rules: Array.from({ length: 30 }, (_, index) => `rule-${index}`.padEnd(120, 'x')) });
    expect(outputs).toMatchObject([{ type: 'countersign.action.allowed' }]);
    expect(sizes('policy', largest, outputs)).toHaveLength(1);
  });

  const ask = (quorum: number): Verdict => ({ effect: 'ask', reasons: [{ rule: 'ask', code: 'rule.asks', message: 'm'.repeat(300) }], tier: 2, quorum, roles: ['finance'], within: hours(1) });

  it('asks nobody where the votes would have no room beside the action', () => {
    const outputs = decide(largest, ask(MAX_QUORUM));
    expect(outputs).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ rule: 'action', code: 'action.too-large' }] } }]);
    expect(sizes('policy', largest, outputs)).toHaveLength(1);
  });

  it('has room for the largest votes of everybody whom it asks', () => {
    const trigger = proposed({ charge: 'c'.repeat(8_000), amount_cents: 1 });
    const asked = decide(trigger, ask(MAX_QUORUM));
    expect(asked).toMatchObject([{ type: 'countersign.approval.required', data: { quorum: MAX_QUORUM } }]);
    const [question] = asked;
    if (question?.type !== 'countersign.approval.required') throw new Error('nobody is asked');
    const votes = Array.from({ length: MAX_QUORUM }, () => ({ value: 'v'.repeat(MAX_VOTE_BYTES - 200), jws: 'j'.repeat(170) }));
    const { tier, quorum, roles, approval } = question.data;
    const considered = consider(trigger.event, openedRun(), context);
    const granted = considered && decideAction(trigger.event, { ...considered, approved: { approval, tier, quorum, roles, votes } }, openedRun(), { ...context, verdict: { effect: 'allow', rules: [] } });
    expect(granted).toMatchObject([{ type: 'countersign.action.allowed' }]);
    expect(sizes('policy', trigger, granted ?? [])).toHaveLength(1);
    const approved: Output = { type: 'countersign.approval.granted', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: 'refund' as StepId, data: { approval, actionHash: question.data.actionHash, votes } };
    expect(sizes('approvals', trigger, [approved])).toHaveLength(1);
  });
});

describe('what the executor writes', () => {
  it('counts no time that a clock took back', () => {
    const outputs = calling().when(onCall({ kind: 'answered', status: 201, faults: [], result: { refund: 're_1' }, latencyMs: -3_000.5 }));
    expect(outputs).toMatchObject([{ type: 'countersign.action.succeeded', data: { latencyMs: 0 } }]);
    expect(sizes('executor', grantFor(REFUND), outputs)).toHaveLength(1);
  });

  it('says no more than an event holds of why it refuses a grant', () => {
    const grant = grantFor(REFUND);
    const outputs = given(executor).when(onGrant(grant, { now: NOW, controls: controlsWith(), partitions: 1 }, { ok: false, code: 'voter.not-entitled', message: `\`${ADA}\` has none of the roles ${'finance, '.repeat(900)}` }));
    expect(outputs).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'voter.not-entitled' } }]);
    expect(sizes('executor', grant, outputs)).toHaveLength(1);
  });
});
