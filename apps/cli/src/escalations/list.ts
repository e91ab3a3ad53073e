import type { Action } from '../command-context.js';
import { requireKnownTenant } from '../connection/known-tenant.js';
import { openLedger } from '../ledger/ledger-client.js';
import { countOption } from '../terminal/option-values.js';
import { operand } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { escalationsTable } from './escalation-text.js';

export interface EscalationsListOptions {
  readonly tenant?: string;
  readonly role?: string;
  readonly all?: boolean;
  readonly limit: string;
}

/** What the ledger gives in one answer at most. */
const MOST = 500;

export const listEscalations: Action<EscalationsListOptions> = async (context, { options }) => {
  const { tenant, role, all, limit } = options;
  const { escalations: found } = await openLedger(context).escalations({ tenant, role, state: all ? undefined : 'open', limit: String(countOption('--limit', limit, MOST)) });
  const escalations = all ? found : found.toSorted((a, b) => a.deadline.localeCompare(b.deadline));
  const { terminal } = context;
  const view = viewOf(context);
  if (escalations.length === 0) requireKnownTenant(context, tenant);
  if (escalations.length === 0 && !terminal.json) {
    terminal.message('no run asks anything');
    return;
  }
  terminal.result(
    () => escalationsTable(escalations, view),
    () => ({ escalations }),
  );
  const [first] = escalations;
  if (first?.status === 'open') terminal.message(`${view.colors.cyan('next')}: ${view.command(`escalations show ${operand(first.id)}`)}`);
};
