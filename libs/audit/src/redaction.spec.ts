import { describe, expect, it } from 'vitest';
import { Redaction } from './redaction.js';

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
const event = (type: string, data: object, more: object = {}) => ({ type: `countersign.${type}`, workflow: 'desk', run: RUN, data, ...more });
const tool = (hash: string, marks: string) => event('tool.published', { hash, body: { id: 'crm.get', result: { type: 'object', properties: { name: { 'x-class': marks } } } } }, { run: undefined, workflow: undefined });
const contract = (marks: string) => event('contract.published', { hash: 'c', body: { workflow: 'desk', input: { properties: { iban: { 'x-class': marks } } } } }, { run: undefined, workflow: undefined });
const proposed = (hash: string) => event('action.proposed', { action: { toolContractHash: hash, args: { id: 1 } } });

const taught = (...controls: readonly object[]): Redaction => {
  const redaction = new Redaction(['personal', 'financial']);
  for (const control of controls) redaction.learn(control as Record<string, unknown>);
  return redaction;
};

describe('what is left out for a class of data', () => {
  it('is what may hold a value, of runs that touch a tool which marks one', () => {
    const redaction = taught(tool('h', 'personal'), tool('plain', 'internal'));
    expect(redaction.covers('proposals/0', proposed('plain'))).toBe(false);
    expect(redaction.covers('proposals/0', proposed('h'))).toBe(true);
    expect(redaction.covers('executions/0', event('action.succeeded', { result: { name: 'Ada' } }))).toBe(true);
    expect(redaction.covers('executions/0', event('step.of-tomorrow', { something: 'new' }))).toBe(true);
    expect(redaction.covers('executions/0', event('action.succeeded', { result: {} }, { run: 'run-BBBBBBBBBBBBBBBBBBBBBB' }))).toBe(false);
    expect(redaction.covers('proposals/0', event('run.closed', { outcome: 'succeeded' }))).toBe(false);
  });

  it('is found by the attempt, in a log where no event has the action', () => {
    const redaction = taught(tool('h', 'financial'));
    expect(redaction.covers('executions/1', event('attempt.started', { toolContractHash: 'h' }))).toBe(false);
    expect(redaction.covers('executions/1', event('action.verified', { result: { name: 'Ada' } }))).toBe(true);
  });

  it('is every run of a workflow whose tasks bring one, and what its upstream wrote', () => {
    const redaction = taught(contract('financial'));
    expect(redaction.covers('tasks/0', event('task.submitted', { input: { iban: 'GB29' } }))).toBe(true);
    expect(redaction.covers('inbox.acme/0', { id: 't-1', type: 'refund.requested', data: { iban: 'GB29' } })).toBe(true);
    expect(redaction.covers('inbox.acme/0', undefined)).toBe(true);
  });

  it('is nothing of the controls, and nothing where no contract marks the class', () => {
    const redaction = taught(contract('internal'));
    expect(redaction.covers('controls/0', contract('personal'))).toBe(false);
    expect(redaction.covers('tasks/0', event('task.submitted', { input: {} }))).toBe(false);
    expect(redaction.covers('inbox.acme/0', { id: 't-1', type: 'refund.requested', data: {} })).toBe(false);
  });
});
