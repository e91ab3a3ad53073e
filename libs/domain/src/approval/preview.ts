import type { BallotCastV1, Event, Preview } from '@countersign/contracts';
import { noPreview } from '../execution/decide-preview.js';
import type { Output } from '../output.js';
import { previewHashOf } from '../preview-hash.js';
import type { BallotRefusal } from './approval-context.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';
import { placeOf } from './place-of.js';

/** Reason of a preview: no answer of the executor came in time. */
export const PREVIEW_UNANSWERED = 'preview.unanswered';

export const previewed = (open: OpenApproval, preview: Preview): Output => ({ type: 'countersign.approval.previewed', ...placeOf(open), subject: open.approval, data: { approval: open.approval, actionHash: open.actionHash, preview } });

/** What the executor says would change is shown once, for the approval and the action that it was made for; what comes too late is not. */
export const showPreview = ({ tenant, workflow, run, step, data }: Event<'countersign.action.previewed'>, state: ApprovalState): readonly Output[] => {
  const { approval, actionHash, preview } = data;
  const open = state.open.get(approval);
  if (open?.preview?.status !== 'pending' || open.actionHash !== actionHash) return [];
  if (open.tenant !== tenant || open.workflow !== workflow || open.run !== run || open.step !== step) return [];
  // People would vote on a hash that nobody can make of what they see.
  return [previewed(open, previewHashOf(preview) === preview.hash ? preview : noPreview('preview.invalid', 'the hash of what would change is not its own'))];
};

/** Why a vote is not on what was shown. A no is heard whatever its person has seen. */
export const previewFault = ({ preview }: Pick<OpenApproval, 'preview'>, { choice, previewHash }: Pick<BallotCastV1, 'choice' | 'previewHash'>): BallotRefusal | undefined => {
  if (choice === 'deny') return undefined;
  if (preview?.status === 'pending') return { code: 'preview.pending', message: 'what would change is being looked at: try again in a moment' };
  return previewHash === preview?.hash ? undefined : { code: 'preview.differs', message: 'the vote is on something else than what is shown' };
};
