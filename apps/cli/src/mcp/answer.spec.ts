import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '@countersign/contracts';
import type { JsonObject } from '@countersign/kernel';
import type { RunView } from '../ledger/shapes.js';
import { answerOf, blobOf, isEnd, isError, textOfResult, type CallStatus, type Known } from './answer.js';

const event = (type: string, data: JsonObject): JsonObject => ({ type: `countersign.${type}`, data });
const known = (more: Partial<Known>): Known => ({ actionId: 'run-1', tool: 'files.write-file', state: { kind: 'sent' }, events: [], command: (args) => `countersign ${args}`, ...more });
const over = (outcome: RunOutcome, ...events: readonly JsonObject[]): Known => known({ state: { kind: 'finished', outcome, reason: 'as the run ended' }, events });

describe('what an agent is told of a call', () => {
  it.each<[string, Known, Partial<ReturnType<typeof answerOf>>]>([
    ['was done', over('succeeded', event('action.succeeded', { result: { text: 'ok' } })), { status: 'executed', result: { text: 'ok' }, trust: 'untrusted' }],
    ['was done and read back', over('succeeded', event('action.succeeded', { result: { text: 'said' } }), event('action.verified', { result: { text: 'found' } })), { status: 'executed', result: { text: 'found' } }],
    ['had no step of the playbook', over('succeeded', event('step.observed', { outcome: 'skipped' })), { status: 'failed' }],
    ['a rule denied', over('denied', event('action.denied', { reasons: [{ rule: 'no_moves', code: 'rule', message: 'not here' }] })), { status: 'denied', ruleId: 'no_moves', reason: 'not here' }],
    ['is over a budget', over('denied', event('action.denied', { reasons: [{ rule: 'run', code: 'budget.usd.exceeded', message: 'too dear' }] })), { status: 'budget_exceeded', code: 'budget.usd.exceeded' }],
    ['an operator stopped', over('stopped', event('action.denied', { reasons: [{ rule: 'stop', code: 'stopped.killed', message: 'wrong customers' }] })), { status: 'denied', code: 'stopped.killed' }],
    ['a person denied', over('disapproved'), { status: 'denied', code: 'approval.rejected' }],
    ['nobody answered', over('expired'), { status: 'expired', code: 'approval.expired' }],
    ['broke a schema', over('invalid', event('proposal.rejected', { code: 'args.invalid', message: 'breaks it', faults: [{ pointer: '/path', message: 'is missing' }] })), { status: 'rejected_schema', faults: [{ pointer: '/path', message: 'is missing' }] }],
    ['the tool refused', over('failed', event('action.failed', { code: 'mcp.tool-error' })), { status: 'failed', code: 'mcp.tool-error' }],
    ['is in quarantine', over('failed', event('action.failed', { code: 'tool.quarantined' })), { status: 'failed', reason: expect.stringContaining('`countersign mcp pin`') }],
    ['nobody knows the end of', over('unknown', event('action.unknown', { code: 'TOOL_TIMEOUT' })), { status: 'unknown', code: 'TOOL_TIMEOUT' }],
    ['was undone', over('compensated'), { status: 'failed' }],
    ['the door refused for its form', known({ state: { kind: 'refused', code: 'input.invalid', message: 'breaks the schema', faults: [] } }), { status: 'rejected_schema', code: 'input.invalid' }],
    ['nobody may hand in', known({ state: { kind: 'refused', code: 'workflow.unknown', message: 'no contract', faults: [] } }), { status: 'denied', code: 'workflow.unknown' }],
    ['waits for a person', known({ state: { kind: 'pending', approval: 'ap-1', reasons: [{ rule: 'stage.suggest', message: 'people agree' }] } }), { status: 'pending_approval', approvalId: 'ap-1', ruleId: 'stage.suggest', approveWith: 'countersign approvals approve ap-1' }],
    ['is held by an operator', known({ state: { kind: 'under-way', doing: 'x is being decided' }, events: [event('decision.deferred', { until: 'stop' })] }), { status: 'safe_mode' }],
    ['is held for its turn', known({ state: { kind: 'under-way', doing: 'x is being decided' }, events: [event('decision.deferred', { until: 'tool' })] }), { status: 'running' }],
    ['is under way', known({ state: { kind: 'under-way', doing: 'step is being executed' } }), { status: 'running', reason: 'step is being executed' }],
    ['the ledger knows to be over', known({ run: { outcome: 'expired' } as RunView }), { status: 'expired' }],
    ['the ledger knows to wait', known({ run: { waitingOn: 'ap-2' } as RunView }), { status: 'pending_approval', approvalId: 'ap-2' }],
  ])('that %s', (_, given, told) => {
    expect(answerOf(given)).toMatchObject({ actionId: 'run-1', tool: 'files.write-file', ...told });
  });

  it('is an end for all but what goes on by itself or by a person, and a failure for all of these but one', () => {
    const all: readonly CallStatus[] = ['executed', 'pending_approval', 'running', 'safe_mode', 'denied', 'budget_exceeded', 'rejected_schema', 'expired', 'failed', 'unknown'];
    expect(all.filter((status) => !isEnd({ status }))).toEqual(['pending_approval', 'running', 'safe_mode']);
    expect(all.filter((status) => !isError({ status }))).toEqual(['executed', 'pending_approval', 'running', 'safe_mode']);
  });

  it('has a result that lies beside the log', () => {
    const blob = { sha256: 'a'.repeat(64), size: 20_000, mediaType: 'application/json' };
    expect(blobOf(over('succeeded', event('action.succeeded', { blob })))).toEqual(blob);
    expect(blobOf(over('succeeded', event('action.succeeded', { result: {} })))).toBeUndefined();
  });

  it('gives the one text of a result as it is, and anything else as JSON', () => {
    expect(textOfResult({ content: 'a\nb' })).toBe('a\nb');
    expect(textOfResult({ count: 1 })).toBe('{"count":1}');
    expect(textOfResult({ a: 'x', b: 'y' })).toBe('{"a":"x","b":"y"}');
  });
});
