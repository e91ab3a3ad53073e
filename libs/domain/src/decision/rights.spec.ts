import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@countersign/kernel';
import { CONTRACT, REFUND } from '@countersign/testing/refund-desk';
import type { AgentContract } from '../config/agent-contract.js';
import type { ToolContract } from '../config/tool-contract.js';
import { rightsFaults } from './rights.js';

const TOOL: ToolContract = { ...REFUND, resources: { customer: '/customer', regions: '/regions' }, fields: '/changes' };
const codes = (contract: Partial<AgentContract>, args: JsonObject, tool: ToolContract = TOOL): readonly string[] => rightsFaults({ tool: TOOL.id, args }, tool, { ...CONTRACT, ...contract }).map(({ code }) => code);

describe('a contract that limits resources', () => {
  const limited = { resources: { 'payments.refund': { customer: ['c-*', 'vip'] } } };

  it.each([
    [{ customer: 'c-1' }, []],
    [{ customer: 'vip' }, []],
    [{ customer: ['c-1', 'c-2'] }, []],
    [{ customer: 'd-1' }, ['resource.forbidden']],
    [{ customer: 'vip-2' }, ['resource.forbidden']],
    [{ customer: ['c-1', 'd-1'] }, ['resource.forbidden']],
    [{ customer: { id: 'c-1' } }, ['resource.forbidden']],
    [{ customer: null }, ['resource.forbidden']],
    // What is not named could be any.
    [{}, ['resource.forbidden']],
    [{ customer: [] }, ['resource.forbidden']],
  ] as const)('decides about %o', (args, expected) => {
    expect(codes(limited, args as JsonObject)).toEqual(expected);
  });

  it('says nothing of other tools and other kinds', () => {
    expect(codes({ resources: { 'charges.get': { customer: ['c-1'] } } }, { customer: 'd-1', regions: ['eu'] })).toEqual([]);
  });
});

describe('a contract that limits fields', () => {
  const limited = { writableFields: { 'payments.refund': ['email', 'phone'] } };

  it.each([
    [{ changes: { email: 'a' } }, []],
    [{ changes: { email: 'a', phone: 'b' } }, []],
    [{ changes: { email: 'a', role: 'admin' } }, ['field.forbidden']],
    [{ changes: {} }, ['field.forbidden']],
    [{}, ['field.forbidden']],
    [{ changes: 'email' }, ['field.forbidden']],
  ] as const)('decides about %o', (args, expected) => {
    expect(codes(limited, args as JsonObject)).toEqual(expected);
  });

  it('takes the arguments themselves for the fields where the tool names no other place', () => {
    const { fields, ...whole } = TOOL;
    expect(fields).toBe('/changes');
    expect(codes(limited, { email: 'a' }, whole)).toEqual([]);
    expect(codes(limited, { email: 'a', amount: 1 }, whole)).toEqual(['field.forbidden']);
  });
});
