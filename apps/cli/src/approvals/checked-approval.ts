import { actionHashOf, previewHashOf } from '@countersign/contracts';
import type { Ledger } from '../ledger/ledger-client.js';
import type { ApprovalView } from '../ledger/shapes.js';
import type { View } from '../terminal/view.js';
import { findApproval } from './find-approval.js';

export interface CheckedApproval {
  readonly approval: ApprovalView;
  /** The hashes that a vote binds are those of the action and of what would change, as they would be shown. */
  readonly isHashRight: boolean;
}

/** An approval with its action and what that would change, whose hashes are computed here again: what the ledger says of it is not believed. */
export const fetchApproval = async (ledger: Pick<Ledger, 'approval' | 'approvals'>, typed: string, view: Pick<View, 'command'>): Promise<CheckedApproval> => {
  const approval = await ledger.approval((await findApproval(ledger, typed, view)).id);
  const { action, actionHash, preview } = approval;
  const isShown = typeof preview !== 'object' || previewHashOf(preview) === preview.hash;
  return { approval, isHashRight: actionHashOf(action) === actionHash && isShown };
};
