import { describe, expect, it } from 'vitest';
import type { StepId } from '@countersign/kernel';
import { ACME, APPROVERS, CHARGE_STEP, CONTRACT, GET_CHARGE, pinned, PLAYBOOK, REFUND, REFUND_DESK, REFUND_STEP, REVERSE, REVERSIBLE } from '@countersign/testing/refund-desk';
import { checkConfiguration, type ConfigurationFiles } from './check-configuration.js';
import type { PlaybookStep, ValueSource } from './playbook.js';
import { schemaAt } from './schema-types.js';

const DESK: ConfigurationFiles = { contracts: [pinned(CONTRACT)], tools: [pinned(GET_CHARGE), pinned(REFUND)], playbooks: [pinned(PLAYBOOK)], policies: [], tenants: [], webhooks: [], approvers: [pinned(APPROVERS)] };
const faultsOf = (change: Partial<ConfigurationFiles>): readonly string[] => checkConfiguration({ ...DESK, ...change }).map(({ kind, id, pointer, message }) => `${kind} ${id} ${pointer} ${message}`);
const contract = (change: object): Partial<ConfigurationFiles> => ({ contracts: [pinned({ ...CONTRACT, ...change })] });
const steps = (...changed: readonly PlaybookStep[]): Partial<ConfigurationFiles> => ({ playbooks: [pinned({ ...PLAYBOOK, steps: changed })] });
const withArg = (name: string, source: ValueSource): Partial<ConfigurationFiles> => steps(CHARGE_STEP, { ...REFUND_STEP, args: { ...REFUND_STEP.args, [name]: source } });

describe('a configuration', () => {
  it('whose files fit together has no fault', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each([
    ['a playbook that is not there', contract({ playbook: 'gone' }), ['contract refund-desk /playbook there is no playbook `gone`']],
    ['a tool that is not there', contract({ tools: { read: ['charges.get', 'charges.list'], write: ['payments.refund'] } }), ['contract refund-desk /tools/read/1 there is no tool `charges.list`']],
    ['a write tool listed as one that reads', contract({ tools: { read: ['charges.get', 'payments.refund'], write: ['payments.refund'] } }), ['contract refund-desk /tools/read/1 `payments.refund` is a write tool']],
    ['a playbook that uses what its contract does not list', contract({ tools: { read: [], write: ['payments.refund'] } }), ['playbook refund /steps/0/tool contract `refund-desk` does not list `charges.get` under `read`']],
    ['a step whose tool is not there', steps({ ...CHARGE_STEP, tool: 'charges.list' }), ['playbook refund /steps/0/tool there is no tool `charges.list`']],
    ['a step without an argument that its tool needs', steps({ ...CHARGE_STEP, args: {} }), ['playbook refund /steps/0/args `charges.get` needs `charge`']],
    ['a step with an argument that its tool does not take', withArg('currency', { from: 'value', value: 'EUR' }), ['playbook refund /steps/1/args/currency `payments.refund` takes no `currency`']],
    ['an argument of another type, from the task', withArg('amount_cents', { from: 'task', pointer: '/charge' }), ['playbook refund /steps/1/args/amount_cents the input of contract `refund-desk` has string at `/charge`, and `payments.refund` takes integer']],
    ['an argument of another type, from a result', withArg('amount_cents', { from: 'step', step: 'charge' as StepId, pointer: '/status' }), ['playbook refund /steps/1/args/amount_cents the result of step `charge` has string at `/status`, and `payments.refund` takes integer']],
    ['an argument of another type, written down', withArg('amount_cents', { from: 'value', value: 'a lot' }), ['playbook refund /steps/1/args/amount_cents the value has string at ``, and `payments.refund` takes integer']],
    ['an argument of another type, from a template', withArg('amount_cents', { from: 'template', text: '12' }), ['playbook refund /steps/1/args/amount_cents the template has string at ``, and `payments.refund` takes integer']],
    ['a result that cannot be there', withArg('charge', { from: 'step', step: 'charge' as StepId, pointer: '/gone' }), ['playbook refund /steps/1/args/charge the result of step `charge` has nothing at `/gone`']],
  ])('has a fault with %s', (_, change, faults) => {
    expect(faultsOf(change)).toEqual(faults);
  });

  const reversed = (change: object = {}, listed: readonly string[] = [REFUND.id, REVERSE.id]): Partial<ConfigurationFiles> => ({
    ...contract({ tools: { read: ['charges.get'], write: listed } }),
    tools: [pinned(GET_CHARGE), pinned({ ...REVERSIBLE, compensation: { tool: REVERSE.id, args: { refund: { from: 'result', pointer: '/refund' } }, ...change } }), pinned(REVERSE)],
    playbooks: [pinned({ ...PLAYBOOK, onFailure: 'compensate' })],
  });
  it.each([
    ['has none where it is listed, and takes what it is given', reversed(), []],
    ['has one where the tool is not there', reversed({ tool: 'payments.gone' }, [REFUND.id, 'payments.gone']), ['contract refund-desk /tools/write/1 there is no tool `payments.gone`', 'tool payments-refund /compensation/tool there is no tool `payments.gone`']],
    ['has one where the tool only reads', reversed({ tool: GET_CHARGE.id }, [REFUND.id]), ['tool payments-refund /compensation/tool `charges.get` only reads, and undoes nothing', 'playbook refund /steps/1/tool contract `refund-desk` does not list `charges.get` under `write`, which undoes `payments.refund`']],
    ['has one where the tool is itself', reversed({ tool: REFUND.id }), ['tool payments-refund /compensation/tool a tool does not undo itself']],
    ['has one where an argument is missing, not taken, or of another type', reversed({ args: { charge: { from: 'arg', pointer: '/amount_cents' }, why: { from: 'value', value: 'x' } } }), [
      'tool payments-refund /compensation/args `payments.refund.reverse` needs `refund`',
      'tool payments-refund /compensation/args/charge is integer, and `payments.refund.reverse` takes string',
      'tool payments-refund /compensation/args/why `payments.refund.reverse` takes no `why`',
    ]],
    ['has one where a contract does not list what its playbook would have undone by', reversed({}, [REFUND.id]), ['playbook refund /steps/1/tool contract `refund-desk` does not list `payments.refund.reverse` under `write`, which undoes `payments.refund`']],
  ])('whose tool names what undoes it %s', (_, change, faults) => {
    expect(faultsOf(change)).toEqual(faults);
  });

  it('has no step that is called as if it undid another, nor one whose undoing could not be named', () => {
    const called = (id: string): readonly string[] => faultsOf(steps(CHARGE_STEP, { ...REFUND_STEP, id: id as StepId }));
    expect(called('undo-charge')).toEqual(['playbook refund /steps/1/id `undo-` begins the ids of the steps that undo others']);
    expect([called('r'.repeat(58)).length, called('r'.repeat(59)).length]).toEqual([0, 1]);
  });

  it('takes what schemas leave open', () => {
    expect(faultsOf(withArg('amount_cents', { from: 'task', pointer: '/anything' }))).toEqual([]);
    expect(faultsOf(withArg('amount_cents', { from: 'step', step: 'charge' as StepId, pointer: '/left_cents' }))).toEqual([]);
  });

  it.each([
    ['the workflow of a tenant', { contracts: [pinned(CONTRACT), pinned({ ...CONTRACT, id: 'other', accepts: [] })] }, ['contract other /workflow workflow `refund-desk` of tenant `acme` is also in contract `refund-desk`']],
    ['the events of a tenant', { contracts: [pinned(CONTRACT), pinned({ ...CONTRACT, id: 'other', workflow: 'other' as typeof REFUND_DESK })] }, ['contract other /accepts/0 type `refund.requested` of tenant `acme` is also in contract `refund-desk`']],
    ['a file id', { tools: [...DESK.tools, pinned({ ...REFUND, id: 'payments-refund' })] }, ['tool payments-refund /id tool `payments-refund` is also in tool `payments-refund`']],
    ['a rule', { policies: ['a', 'b'].map((id) => pinned({ id, policies: [{ name: 'no_delete', if: {}, then: { action: 'deny' } as const }] })) }, ['policy b /policies/0/name rule `no_delete` is also in policy `a`']],
    ['the people', { tenants: [], approvers: [pinned(APPROVERS), pinned({ ...APPROVERS, id: 'others' })] }, ['approvers others  the directory of approvers is also in approvers `approvers`']],
  ])('has a fault where two files claim %s', (_, change, faults) => {
    expect(faultsOf(change)).toEqual(faults);
  });

  it('may have one workflow for several tenants, and several for one', () => {
    expect(faultsOf({ contracts: [pinned(CONTRACT), pinned({ ...CONTRACT, id: 'other', tenants: ['globex' as typeof ACME] })] })).toEqual([]);
  });
});

describe('a fact', () => {
  const closed = { type: 'object', additionalProperties: false } as const;
  const CONTACT = { ...GET_CHARGE, id: 'crm.contact', result: { ...closed, properties: { tier: { type: 'string' }, note: { type: 'string', 'x-trust': 'untrusted' } } } } as const;
  const from = (pointer: string, tool: typeof GET_CHARGE = CONTACT): readonly string[] =>
    faultsOf({
      ...contract({ tools: { read: ['charges.get', 'crm.contact'], write: ['payments.refund'] }, context: { tier: { from: 'tool', tool: 'crm.contact', pointer, unit: 'text', maxAge: 1 as never } } }),
      tools: [...DESK.tools, pinned(tool)],
    });

  it('is of a place that its source has', () => {
    expect(from('/tier')).toEqual([]);
    expect(from('/gone')).toEqual(['contract refund-desk /context/tier/path the result of `crm.contact` has nothing at `/gone`']);
  });

  it('is nothing that others may have written', () => {
    expect(from('/note')).toEqual(['contract refund-desk /context/tier/path `/note` is `x-trust: untrusted`: what others wrote is no fact']);
    expect(from('/tier', { ...CONTACT, resultTrust: 'untrusted' })).toEqual(['contract refund-desk /context/tier/tool anybody may have written what `crm.contact` returns: it makes facts only with `result_trust: trusted`']);
    const input = { type: 'object', properties: { charge: { type: 'string' }, amount_cents: { type: 'integer' }, message: { type: 'string', 'x-trust': 'untrusted' } } };
    expect(faultsOf(contract({ input, context: { mood: { from: 'task', pointer: '/message', unit: 'text' } } }))).toEqual(['contract refund-desk /context/mood/task `/message` is `x-trust: untrusted`: what others wrote is no fact']);
  });
});

describe('the place in a schema', () => {
  const schema = { type: 'object', additionalProperties: false, properties: { list: { type: 'array', items: { type: ['integer', 'null'] } }, open: { type: 'object' }, 'a/b': { type: 'string' } } };
  it.each([
    ['', { closed: false, types: ['object'] }],
    ['/list/0', { closed: false, types: ['integer', 'null'] }],
    ['/open/anything/below', { closed: false }],
    ['/a~1b', { closed: false, types: ['string'] }],
    ['/gone', { closed: true }],
    ['/constructor', { closed: true }],
  ])('%s', (pointer, place) => {
    expect(schemaAt(schema, pointer)).toEqual(place);
  });
});
