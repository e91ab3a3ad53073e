import { compileRules, THREE_RULES } from '@countersign/testing';
import { describe, expect, it } from 'vitest';
import { cedarText } from './cedar-text.js';

const textOf = (tool: string): string => {
  const slice = compileRules(THREE_RULES).set.slices.get(tool);
  if (!slice) throw new Error(`no slice of ${tool}`);
  return cedarText(slice);
};

const FORBIDS = `forbid (
  principal,
  action == Action::"payments.refund",
  resource
)`;
const asks = (rule: string): string => `@effect("require_approval")
@id("${rule}")
@quorum("1")
@roles("")
@sla("86400s")
@tier("2")
${FORBIDS}`;

describe('the Cedar text of a slice', () => {
  it('is the permit of the contract, the rule and what the rule needs', () => {
    expect(textOf('payments.refund')).toBe(`@id("contract.refund-desk")
permit (
  principal in Contract::"refund-desk",
  action == Action::"payments.refund",
  resource
);

${asks('refund_requires_approval')}
when { (context.attributes has amount_usd) && (context.attributes.amount_usd > 10000) }
unless { (context.approvals.tier >= 2) && (context.approvals.voters["*"] >= 1) };

@id("require.amount_usd")
${FORBIDS}
unless { context.attributes has amount_usd };

@id("stage.draft")
${FORBIDS}
when { ["draft"].contains(context.stage) };

${asks('stage.suggest')}
when { ["suggest"].contains(context.stage) }
unless { (context.approvals.tier >= 2) && (context.approvals.voters["*"] >= 1) };
`);
  });

  it('resolves a pattern of tools to the tool', () => {
    expect(textOf('crm.bulk-delete')).toContain('@id("no_delete_in_v1")\nforbid (\n  principal,\n  action == Action::"crm.bulk-delete",\n  resource\n);');
  });
});
