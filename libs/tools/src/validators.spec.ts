import { describe, expect, it } from 'vitest';
import { sha256 } from '@countersign/kernel';
import { CONTRACT, REFUND } from '@countersign/testing/refund-desk';
import { argumentFaults, inputFaults, resultFaults } from './validators.js';

const tool = { id: 'payments-refund', version: 1, hash: sha256('tool'), document: REFUND };
const contract = { id: 'refund-desk', version: 1, hash: sha256('contract'), document: CONTRACT };

describe('the faults of', () => {
  it('arguments name the place, also of what is missing and of what is unknown', () => {
    expect(argumentFaults(tool, { charge: 'ch_1', amount_cents: 1_200 })).toEqual([]);
    expect(argumentFaults(tool, { amount_cents: 12.5, 'a/b': 1 })).toEqual([
      { pointer: '/charge', message: '`charge` is missing' },
      { pointer: '/a~1b', message: 'unknown key `a/b`' },
      { pointer: '/amount_cents', message: 'must be integer' },
    ]);
  });

  it('an input are those of its agent contract', () => {
    expect(inputFaults(contract, { charge: 1 })).toEqual([{ pointer: '/charge', message: 'must be string' }]);
  });

  it('a result are those of its schema, and that no event could carry it', () => {
    expect(resultFaults(tool, { refund: 're_1' })).toEqual([]);
    expect(resultFaults(tool, {})).toEqual([{ pointer: '/refund', message: '`refund` is missing' }]);
    expect(resultFaults(tool, { refund: 're_\ud800' })).toEqual([{ pointer: '', message: 'has no JSON form' }]);
  });

  it('two files of one name are told apart by their hash', () => {
    const open = { ...tool, hash: sha256('another'), document: { ...REFUND, args: { type: 'object' } } };
    expect(argumentFaults(open, {})).toEqual([]);
    expect(argumentFaults(tool, {})).toHaveLength(2);
  });
});
