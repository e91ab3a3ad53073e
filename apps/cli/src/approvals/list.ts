import type { Action } from '../command-context.js';
import { requireKnownTenant } from '../connection/known-tenant.js';
import { approverNamed } from '../connection/approver-name.js';
import { openLedger } from '../ledger/ledger-client.js';
import { countOption } from '../terminal/option-values.js';
import { operand } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { approvalsTable } from './approval-text.js';

export interface ApprovalsListOptions {
  readonly tenant?: string;
  readonly rule?: string;
  readonly all?: boolean;
  readonly limit: string;
}

/** What the ledger gives in one answer at most. */
const MOST = 500;

export const listApprovals: Action<ApprovalsListOptions> = async (context, { options }) => {
  const { tenant, rule, all, limit } = options;
  const { approvals: found } = await openLedger(context).approvals({ tenant, rule, state: all ? undefined : 'pending', limit: String(countOption('--limit', limit, MOST)) });
  const approvals = all ? found : found.toSorted((a, b) => a.deadline.localeCompare(b.deadline));
  const { terminal } = context;
  const view = { ...viewOf(context), me: approverNamed(context) };
  if (approvals.length === 0) requireKnownTenant(context, tenant);
  if (approvals.length === 0 && !terminal.json) {
    terminal.message('nothing waits for a person');
    return;
  }
  terminal.result(
    () => approvalsTable(approvals, view),
    () => ({ approvals }),
  );
  const [first] = approvals;
  if (first?.status === 'pending') terminal.message(`${view.colors.cyan('next')}: ${view.command(`approvals show ${operand(first.id)}`)}`);
};
