import type { PolicyRule } from '@countersign/domain';
import { hours, type Json, type Millis } from '@countersign/kernel';

type Conditions = Readonly<Record<string, Json>>;

// `then` is the rule file's own word, and nobody awaits a rule.
// oxlint-disable-next-line unicorn/no-thenable
export const denies = (name: string, tool: string, when: Conditions = {}): PolicyRule => ({ name, if: { tool, ...when }, then: { action: 'deny' } });

export interface Asking {
  readonly tier?: number;
  readonly quorum?: number;
  readonly roles?: readonly string[];
  readonly within?: Millis;
}

export const asks = (name: string, tool: string, when: Conditions = {}, { tier = 2, quorum = 1, roles = [], within = hours(24) }: Asking = {}): PolicyRule => ({
  name,
  if: { tool, ...when },
  // oxlint-disable-next-line unicorn/no-thenable
  then: { action: 'require_human_approval', tier, quorum, roles, within },
});

/** The rule file that every configuration may start with. */
export const THREE_RULES: readonly PolicyRule[] = [
  asks('refund_requires_approval', 'payments.refund', { amount_usd: '> 100' }),
  denies('no_bulk_export', 'crm.export', { rows: '> 1000' }),
  denies('no_delete_in_v1', '*.*delete*'),
];
