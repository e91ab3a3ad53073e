import type { Action } from '../command-context.js';
import { approverNamed } from '../connection/approver-name.js';
import { EXIT } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { viewOf } from '../terminal/view.js';
import { approvalCard, nextFor } from './approval-text.js';
import { fetchApproval } from './checked-approval.js';

export const showApproval: Action = async (context, { args: [typed = ''] }) => {
  const view = { ...viewOf(context), me: approverNamed(context) };
  const { approval, isHashRight } = await fetchApproval(openLedger(context), typed, view);
  context.terminal.result(
    () => approvalCard(approval, isHashRight, view),
    () => ({ approval, hashVerified: isHashRight }),
  );
  if (!isHashRight) return EXIT.integrity;
  context.terminal.message(`\n${nextFor(approval, view)}`);
  return EXIT.ok;
};
