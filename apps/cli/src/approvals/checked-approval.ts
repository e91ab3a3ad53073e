import { actionHashOf } from '@countersign/contracts';
import type { Ledger } from '../ledger/ledger-client.js';
import type { ApprovalView } from '../ledger/shapes.js';
import type { View } from '../terminal/view.js';
import { findApproval } from './find-approval.js';

export interface CheckedApproval {
  readonly approval: ApprovalView;
  /** The hash that a vote binds is that of the action as it would be shown. */
  readonly isHashRight: boolean;
}

/** An approval with its action, whose hash is computed here again: what the ledger says of it is not believed. */
export const fetchApproval = async (ledger: Pick<Ledger, 'approval' | 'approvals'>, typed: string, view: Pick<View, 'command'>): Promise<CheckedApproval> => {
  const approval = await ledger.approval((await findApproval(ledger, typed, view)).id);
  return { approval, isHashRight: actionHashOf(approval.action) === approval.actionHash };
};
