import { describe, expect, it } from 'vitest';
import type { Json, StepId } from '@countersign/kernel';
import type { Condition, ValueSource } from '../config/playbook.js';
import { holds } from './condition.js';
import type { StepState } from './run-state.js';
import { templateParts } from './template.js';
import { valueOf, type Sources } from './value-source.js';

const ended = (result: StepState & { status: 'ended' }): StepState => result;
const sources: Sources = {
  input: { amount: 1_200, title: 'Broken Mug', labels: ['bug', 'mug'], nested: { deep: null }, 'a/b': true },
  steps: new Map<StepId, StepState>([
    ['charge' as StepId, ended({ status: 'ended', outcome: 'succeeded', result: { status: 'paid' } })],
    ['skipped' as StepId, ended({ status: 'ended', outcome: 'skipped' })],
    ['huge' as StepId, ended({ status: 'ended', outcome: 'succeeded', blob: {} as never })],
  ]),
};
const task = (pointer: string): ValueSource => ({ from: 'task', pointer });
const step = (id: string, pointer: string): ValueSource => ({ from: 'step', step: id as StepId, pointer });
const template = (text: string): ValueSource => ({ from: 'template', text });

describe('a value', () => {
  it.each([
    ['of the task', task('/nested/deep'), { value: null }],
    ['of the task, with an escaped name', task('/a~1b'), { value: true }],
    ['of the whole task', task(''), { value: sources.input }],
    ['that the task does not have', task('/gone'), { absent: true }],
    ['that only objects have', task('/constructor'), { absent: true }],
    ['of a result', step('charge', '/status'), { value: 'paid' }],
    ['of a step that was skipped', step('skipped', '/status'), { absent: true }],
    ['of a step that has not ended', step('later', '/status'), { absent: true }],
    ['of a result that is too large', step('huge', '/status'), { fault: 'the result of step `huge` is too large to be used in an argument' }],
    ['that is written down', { from: 'value', value: [1] }, { value: [1] }],
    ['of a template', template('{task:/title} ({charge:/status}) {{{task:/amount}}}'), { value: 'Broken Mug (paid) {1200}' }],
    ['of a template with nothing to fill in', template('{task:/gone}'), { fault: 'there is nothing at `task:/gone`' }],
    ['of a template with a list to fill in', template('{task:/labels}'), { fault: 'what is at `task:/labels` has no place in a text' }],
  ] as const)('%s', (_, source, found) => {
    expect(valueOf(source, sources)).toEqual(found);
  });

  it('that is filled into a template is not looked into again', () => {
    expect(valueOf(template('{task:/title}'), { ...sources, input: { title: '{charge:/status}' } })).toEqual({ value: '{charge:/status}' });
  });
});

describe('a template', () => {
  it.each([
    ['plain', [{ text: 'plain' }]],
    ['', []],
    ['{task:/a}{step-1:/b}', [{ of: 'task', pointer: '/a' }, { of: 'step', step: 'step-1', pointer: '/b' }]],
    ['{{}}', [{ text: '{' }, { text: '}' }]],
    ['{task:}', [{ of: 'task', pointer: '' }]],
  ])('%j has its parts', (text, parts) => {
    expect(templateParts(text)).toEqual(parts);
  });

  it.each(['{', '}', '{task}', '{task:a}', '{Task:/a}', 'a } b'])('%j has a brace that stands alone', (text) => {
    expect(templateParts(text)).toBeUndefined();
  });
});

describe('a condition', () => {
  const test = (pointer: string, op: string, value: Json): Condition => ({ of: task(pointer), test: (op === 'in' ? { op, values: value } : { op, value }) as never });
  it.each([
    ['/amount', 'equals', 1_200, true],
    ['/labels', 'equals', ['bug', 'mug'], true],
    ['/labels', 'equals', ['mug', 'bug'], false],
    ['/nested/deep', 'equals', null, true],
    ['/gone', 'equals', null, false],
    ['/amount', 'in', [1, 1_200], true],
    ['/amount', 'in', [1], false],
    ['/amount', 'exists', true, true],
    ['/amount', 'exists', false, false],
    ['/gone', 'exists', false, true],
    ['/gone', 'exists', true, false],
    ['/amount', 'greater', 1_199, true],
    ['/amount', 'greater', 1_200, false],
    ['/amount', 'at-least', 1_200, true],
    ['/amount', 'less', 1_200, false],
    ['/amount', 'at-most', 1_200, true],
    ['/title', 'greater', 0, false],
    ['/gone', 'less', 5, false],
    ['/title', 'contains', 'mug', true],
    ['/title', 'contains', 'cup', false],
    ['/labels', 'contains', 'mug', true],
    ['/labels', 'contains', 'mu', false],
    ['/amount', 'contains', '12', false],
  ] as const)('%s %s %j: %s', (pointer, op, value, holdsSo) => {
    expect(holds(test(pointer, op, value), sources)).toBe(holdsSo);
  });

  it('is made of others', () => {
    const yes = test('/amount', 'exists', true);
    const no = test('/amount', 'exists', false);
    expect([holds({ all: [yes, no] }, sources), holds({ any: [no, yes] }, sources), holds({ not: no }, sources), holds({ all: [] }, sources), holds({ any: [] }, sources)]).toEqual([false, true, true, true, false]);
  });
});
