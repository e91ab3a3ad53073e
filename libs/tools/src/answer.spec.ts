import { describe, expect, it } from 'vitest';
import type { ReadBack, ToolContract } from '@countersign/domain';
import { findEffect, limitFaults, outsideIdOf, resultOf } from './answer.js';

const REQUEST = { method: 'GET', path: '/refunds', query: {}, headers: {} } as const;
const VALUES = { idempotency_key: 'key-1', amount_cents: 1200, labels: ['bug', 'docs'] };
const BY_KEY: ReadBack = {
  request: REQUEST,
  find: { in: '/refunds', where: { '/key': { op: 'equals', to: '{idempotency_key}' } } },
  expect: { '/amount': { op: 'equals', to: '{amount_cents}' } },
  pick: { id: '/id' },
};

describe('reading an effect back', () => {
  it('finds the item that carries the key, and takes the result from it', () => {
    const answer = { refunds: [{ key: 'key-0', amount: 1 }, { key: 'key-1', amount: 1200, id: 're_1' }] };
    expect(findEffect(BY_KEY, answer, VALUES)).toEqual({ found: true, value: answer.refunds[1], result: { id: 're_1' }, faults: [] });
  });

  it('names the place that differs, and no value', () => {
    expect(findEffect(BY_KEY, { refunds: [{ key: 'key-1', amount: 1201 }] }, VALUES)).toMatchObject({ found: true, faults: [{ pointer: '/amount', message: 'differs from what was asked for' }] });
  });

  it.each([[{ refunds: [] }], [{ refunds: [{ key: 'key-2', amount: 1200 }] }], [{ refunds: 'none' }], [{}], [null]])('says absent for %j', (answer) => {
    expect(findEffect(BY_KEY, answer, VALUES)).toEqual({ found: false });
  });

  it('checks that a list includes each of several values, whatever else is in it', () => {
    const labels: ReadBack = { request: REQUEST, expect: { '': { op: 'includes', all: '{labels}', by: '/name' } } };
    expect(findEffect(labels, [{ name: 'docs' }, { name: 'old' }, { name: 'bug' }], VALUES)).toMatchObject({ faults: [] });
    expect(findEffect(labels, [{ name: 'docs' }], VALUES)).toMatchObject({ faults: [{ pointer: '' }] });
  });

  it.each([
    ['a number that is no larger than another', { of: '/charge/refunded', op: 'at-most', to: '/charge/amount' }, true],
    ['a sum that is no larger than a number', { of: '/refunds', by: '/amount', op: 'at-most', to: '/charge/amount' }, true],
    ['a sum that is larger', { of: '/refunds', by: '/amount', op: 'at-most', to: 1499 }, false],
    ['a sum that is at least so much', { of: '/refunds', by: '/amount', op: 'at-least', to: 1500 }, true],
    ['a sum that is another', { of: '/refunds', by: '/amount', op: 'equals', to: 1501 }, false],
    ['what is not there', { of: '/gone', op: 'at-most', to: 1 }, false],
    ['a bound that is not there', { of: '/charge/amount', op: 'at-most', to: '/gone' }, false],
    ['a list with an item that has no number', { of: '/refunds', by: '/id', op: 'at-least', to: 0 }, false],
    ['a list that is none', { of: '/charge', by: '/amount', op: 'at-least', to: 0 }, false],
  ] as const)('checks what must hold besides: %s', (_, invariant, holds) => {
    const answer = { charge: { amount: 2000, refunded: 1500 }, refunds: [{ key: 'key-0', amount: 300 }, { key: 'key-1', amount: 1200, id: 're_1' }] };
    expect(findEffect({ ...BY_KEY, invariants: [invariant] }, answer, VALUES)).toMatchObject({ found: true, faults: holds ? [] : [{ pointer: invariant.of }] });
  });

  it('finds a text by what it contains', () => {
    const marker: ReadBack = { request: REQUEST, find: { in: '', where: { '/body': { op: 'contains', text: 'countersign:{idempotency_key}' } } }, expect: {} };
    expect(findEffect(marker, [{ body: 'hello <!-- countersign:key-1 -->' }], VALUES)).toMatchObject({ found: true });
    expect(findEffect(marker, [{ body: 'hello' }], VALUES)).toEqual({ found: false });
  });
});

describe('a result', () => {
  const tool = { pick: { refund: '/data/id', gone: '/none' }, outsideId: '/refund' } as unknown as ToolContract;

  it('is what the contract picks from the answer', () => {
    expect(resultOf(tool, { data: { id: 7 }, secret: 1 })).toEqual({ refund: 7 });
    expect(outsideIdOf(tool, { refund: 7 })).toBe('7');
  });

  it('has an outside id only where an event can carry it', () => {
    expect(outsideIdOf(tool, { refund: 'r'.repeat(200) })).toBe('r'.repeat(200));
    expect(outsideIdOf(tool, { refund: 'r'.repeat(201) })).toBeUndefined();
  });

  it('is the answer itself where nothing is picked, if that is an object', () => {
    const { pick: _, ...plain } = tool;
    expect(resultOf(plain as ToolContract, { a: 1 })).toEqual({ a: 1 });
    expect(resultOf(plain as ToolContract, [1])).toBeUndefined();
  });
});

describe('what a result may say', () => {
  const tool = { attributes: { rows: { arg: '/rows', unit: 'count' }, region: { arg: '/region', unit: 'text' } }, resultLimits: { rows: '/exported', region: '/region' } } as unknown as ToolContract;
  const exceeded = (args: object, result: object): readonly string[] => limitFaults(tool, args as never, result as never).map(({ pointer }) => pointer);

  it.each([
    [{ rows: 10 }, { exported: 10 }, []],
    [{ rows: 10 }, { exported: 11 }, ['/exported']],
    [{ rows: 2 }, { exported: ['a', 'b'] }, []],
    [{ rows: 2 }, { exported: ['a', 'b', 'c'] }, ['/exported']],
    [{ rows: 10 }, { exported: '10' }, ['/exported']],
    [{ region: 'eu' }, { region: 'eu' }, []],
    [{ region: 'eu' }, { region: 'us' }, ['/region']],
    // Nothing was decided on the one, and the other says nothing.
    [{}, { exported: 11 }, []],
    [{ rows: 10 }, {}, []],
  ])('of a call with %o is no more than that: %o', (args, result, places) => {
    expect(exceeded(args, result)).toEqual(places);
  });
});
