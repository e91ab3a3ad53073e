import { describe, expect, it } from 'vitest';
import { toolByHash, type ControlState, type ToolContract } from '@countersign/domain';
import type { JsonObject } from '@countersign/kernel';
import { but } from '@countersign/testing/given';
import { controlsWith, hashOfDocument, NOTHING_DECLARED, REFUND } from '@countersign/testing/refund-desk';
import { action } from '../spec-support/ledger-fixtures.spec-support.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { needsStepUp, requireStepUp, stepUpWord } from './step-up.js';

const wordOf = (change: Partial<ToolContract>, args: JsonObject = { charge: 'ch_1', amount_cents: 124_900 }): string => {
  const tool = { ...REFUND, ...change };
  const controls: ControlState = controlsWith({ tools: [tool] });
  const toolContractHash = hashOfDocument(tool);
  const files = { ...controls.files, tool: new Map([[toolContractHash, { id: 'payments-refund', version: 1, hash: toolContractHash, document: tool }]]) };
  expect(toolByHash({ ...controls, files }, toolContractHash)).toBeDefined();
  return stepUpWord({ action: but(action(args), { toolContractHash }) }, { ...controls, files });
};

describe('what is typed for a step-up', () => {
  it('is the amount and the target, as the contract of the tool maps them', () => {
    expect(wordOf({})).toBe('1249.00 ch_1');
    expect(wordOf({ ...NOTHING_DECLARED, attributes: {}, resources: { customer: '/charge' } })).toBe('ch_1');
    expect(wordOf({ attributes: {}, args: { type: 'object' } })).toBe('payments.refund');
    expect(wordOf({ attributes: {}, fromTask: ['/charge'], stepUp: '/reason' }, { charge: 'ch_1', amount_cents: 1, reason: 'who asked' })).toBe('who asked');
  });

  it('is asked for from tier 4 on, and for what nothing takes back', () => {
    expect([needsStepUp({ tier: 3 }), needsStepUp({ tier: 4 }), needsStepUp({ tier: 2, irreversible: true })]).toEqual([false, true, true]);
  });

  it('is no yes: it has to be that text, typed now or beforehand', async () => {
    const { context } = contextIn('');
    expect(await requireStepUp(context, '1249.00 ch_1', ' 1249.00 ch_1')).toBe(true);
    await expect(requireStepUp(context, '1249.00 ch_1', 'yes')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(requireStepUp({ ...context, interactive: false }, '1249.00 ch_1', undefined)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
