import type { Action } from '../command-context.js';
import { openLedger } from '../ledger/ledger-client.js';
import { catchUp } from '../ledger/catch-up.js';
import { operand, shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { asApprover } from './as-approver.js';
import { fetchApproval } from './checked-approval.js';

/** Has the fallback roles asked now, and not when their time comes. */
export const escalateApproval: Action<{ readonly reason: string }> = async (context, { args: [typed = ''], options: { reason } }) => {
  const { terminal } = context;
  const view = viewOf(context);
  await asApprover(context, async ({ kafka, say }) => {
    const ledger = openLedger(context);
    await catchUp(kafka, ledger, 'approvals');
    const { approval } = await fetchApproval(ledger, typed, view);
    const { events } = await say({ type: 'countersign.escalation.called', data: { approval: approval.id, reason }, of: approval.action, subject: approval.id }, `\`${view.command(`approvals show ${operand(approval.id)}`)}\` shows whether it is`);
    const to = events.flatMap((event) => (event.type === 'countersign.approval.escalated' ? event.data.to : []));
    terminal.result(
      () => `${shortId(approval.id)}: ${to.join(' and ')} ${to.length === 1 ? 'is' : 'are'} asked now too`,
      () => ({ approval: approval.id, escalatedTo: to }),
    );
  });
};
