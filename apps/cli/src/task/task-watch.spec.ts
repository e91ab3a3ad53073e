import { newEvent, type Event, type EventData, type EventType } from '@countersign/contracts';
import type { MicroUsd, Principal, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import { EXIT, sharedExitCode } from '../exit-codes.js';
import { action, APPROVAL, NOW, RUN, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { stateFromLedger } from './ledger-state.js';
import { exitCodeOfTask, taskObject, taskText } from './task-text.js';
import { evolveTask, isSettled, type TaskState } from './task-watch.js';

const TASK = { id: 'HD-1', source: '/helpdesk', run: RUN };

const event = <Type extends EventType>(type: Type, data: EventData<Type>, run: RunId = RUN): Event =>
  // The union pairs type and data; the compiler cannot follow that through a generic call.
  newEvent({ service: 'gateway', type, data, tenant: 'acme' as Tenant, workflow: 'refund-desk' as Workflow, run, step: 'refund' as StepId, now: NOW }) as Event;

const accepted = event('countersign.task.accepted', { task: 'HD-1', source: '/helpdesk' });
const asked = event('countersign.approval.requested', {
  approval: APPROVAL,
  authors: [],
  action: action(),
  actionHash: action().toolContractHash,
  reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }],
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  deadline: '2026-01-02T07:04:05.000Z',
  sub: 'spiffe://countersign.local/tenant/acme/upstream' as never,
  act: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as never,
});
const finished = (outcome: 'succeeded' | 'denied' | 'disapproved', task = 'HD-1'): Event =>
  event('countersign.task.finished', { task, source: '/helpdesk', outcome, reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [] });

const after = (...events: readonly Event[]): TaskState => events.reduce<TaskState>((state, each) => evolveTask(state, each, TASK), { kind: 'sent' });

describe('a task that was handed in', () => {
  it('goes from sent to accepted to its outcome', () => {
    expect(after()).toEqual({ kind: 'sent' });
    expect(after(accepted)).toEqual({ kind: 'under-way', doing: 'accepted' });
    expect(after(accepted, finished('succeeded'))).toEqual({ kind: 'finished', outcome: 'succeeded', reason: 'every step is done' });
  });

  it('is not settled by the answer to another task', () => {
    expect(after(accepted, finished('denied', 'HD-2'))).toEqual({ kind: 'under-way', doing: 'accepted' });
  });

  it('is not settled by the answer to its namesake in another workflow', () => {
    const namesake = { ...finished('denied'), run: 'run-ZzCdEfGhIjKlMnOpQrStUv' as RunId };
    expect(after(accepted, namesake)).toEqual({ kind: 'under-way', doing: 'accepted' });
  });

  it('waits for a person, and says for which approval', () => {
    const state = after(accepted, asked);
    expect(state).toMatchObject({ kind: 'pending', approval: APPROVAL });
    expect(isSettled(state)).toBe(true);
    expect(exitCodeOfTask(state)).toBe(EXIT.pending);
  });

  it('still waits for a person while another of its steps goes on', () => {
    const proposed = event('countersign.action.verified', { jti: 'j', actionHash: action().toolContractHash, attempt: 1, found: action().toolContractHash, latencyMs: 1, usedMicroUsd: 0 as MicroUsd });
    expect(after(asked, proposed)).toMatchObject({ kind: 'pending' });
    expect(after(proposed)).toEqual({ kind: 'under-way', doing: 'refund is verified' });
  });

  it('goes on once people have answered', () => {
    const granted = event('countersign.approval.granted', { approval: APPROVAL, actionHash: action().toolContractHash, votes: [] });
    expect(after(asked, granted)).toEqual({ kind: 'under-way', doing: 'people have answered' });
  });

  it('keeps its end, whatever comes after', () => {
    expect(after(finished('denied'), accepted, asked)).toMatchObject({ kind: 'finished', outcome: 'denied' });
  });

  it('is not moved by another run', () => {
    expect(after({ ...asked, run: 'run-ZzCdEfGhIjKlMnOpQrStUv' as RunId })).toEqual({ kind: 'sent' });
  });
});

describe('a task that a person has signed', () => {
  const ADA = 'spiffe://countersign.local/human/ada' as Principal;
  const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;
  const signed = { ...TASK, signer: ADA };
  const startedFor = (subject: Principal): Event =>
    event('countersign.run.started', { task: 'HD-1', source: '/helpdesk', contract: { id: 'refund-desk', version: 1, hash: action().toolContractHash }, agent: UPSTREAM, subject, input: {}, deadline: '2026-01-02T07:04:05.000Z' });
  const follow = (...events: readonly Event[]): TaskState => events.reduce<TaskState>((state, each) => evolveTask(state, each, signed), { kind: 'sent' });

  it('has a run that acts for that person', () => {
    expect(follow(accepted, startedFor(ADA))).toEqual({ kind: 'under-way', doing: 'planning' });
  });

  it('is settled, as an error, by a run or a question that is for somebody else, and asks its signer for nothing', () => {
    expect(follow(accepted, startedFor(UPSTREAM), asked)).toEqual({ kind: 'not-yours', subject: UPSTREAM });
    expect(follow(accepted, asked)).toEqual({ kind: 'not-yours', subject: UPSTREAM });
    expect(isSettled(follow(asked))).toBe(true);
    expect(exitCodeOfTask(follow(asked))).toBe(EXIT.error);
    expect(after(startedFor(UPSTREAM))).toEqual({ kind: 'under-way', doing: 'planning' });
  });

  it('is held against what the ledger says as well', async () => {
    const ledger = (subject: string): Parameters<typeof stateFromLedger>[0] => ({ run: () => Promise.resolve({ subject, outcome: 'succeeded', reason: 'every step is done', actions: [] } as never) });
    expect(await stateFromLedger(ledger(UPSTREAM), signed)).toEqual({ kind: 'not-yours', subject: UPSTREAM });
    expect(await stateFromLedger(ledger(ADA), signed)).toMatchObject({ kind: 'finished' });
    expect(await stateFromLedger(ledger(UPSTREAM), TASK)).toMatchObject({ kind: 'finished' });
  });

  it('is shown as what it is', () => {
    expect(show(follow(asked))).toMatchInlineSnapshot(`
      "HD-1  run-AbCdEfGh  not your run, it acts for spiffe://countersign.local/tenant/acme/upstream: approve nothing that it asks
          next: countersign why run-AbCdEfGh"
    `);
  });
});

const show = (state: TaskState): string => taskText({ ...TASK, file: 'task.json', tenant: 'acme', state }, true, viewOf());

describe('what is shown of a task', () => {
  it('names the approval that it waits for, why, and what to type', () => {
    expect(show(after(asked))).toMatchInlineSnapshot(`
      "HD-1  run-AbCdEfGh  waits for a person
          refund_requires_approval: amount_usd is above 100
          next: countersign approvals show DdEeFfGg
                countersign approvals approve DdEeFfGg"
    `);
  });

  it('names each place that was refused at the door', () => {
    const refused = event('countersign.task.refused', { task: 'HD-1', source: '/helpdesk', code: 'input.invalid', message: 'the data breaks the input schema of the agent contract', faults: [{ pointer: '/data/rows', message: 'must be integer' }] });
    expect(show(after(refused))).toMatchInlineSnapshot(`
      "HD-1  run-AbCdEfGh  refused, input.invalid: the data breaks the input schema of the agent contract
          /data/rows must be integer"
    `);
    expect(taskObject({ ...TASK, file: 'task.json', tenant: 'acme', state: after(refused) })).toMatchObject({ state: 'refused', exitCode: EXIT.error, code: 'input.invalid' });
  });

  it('says how it ended', () => {
    expect(show(after(finished('succeeded')))).toMatchInlineSnapshot(`
      "HD-1  run-AbCdEfGh  succeeded
          next: countersign runs show run-AbCdEfGh"
    `);
    expect(show(after(finished('disapproved')))).toContain('disapproved, every step is done');
  });
});

describe('exit codes of tasks', () => {
  it.each([
    ['succeeded', EXIT.ok],
    ['denied', EXIT.deniedByPolicy],
    ['disapproved', EXIT.deniedByPeople],
  ] as const)('%s is %i', (outcome, code) => {
    expect(exitCodeOfTask(after(finished(outcome)))).toBe(code);
  });

  it('of several are 0 where all went well, what the others share, else 1', () => {
    expect(sharedExitCode([EXIT.ok, EXIT.ok])).toBe(EXIT.ok);
    expect(sharedExitCode([EXIT.ok, EXIT.pending, EXIT.pending])).toBe(EXIT.pending);
    expect(sharedExitCode([EXIT.deniedByPolicy, EXIT.pending])).toBe(EXIT.error);
    expect(sharedExitCode([])).toBe(EXIT.ok);
  });
});
