import { timestamp, type Instant } from '@countersign/kernel';
import { noPreview } from '../execution/decide-preview.js';
import type { LateOutput, Output } from '../output.js';
import type { ApprovalContext } from './approval-context.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';
import { PREVIEW_UNANSWERED, previewed } from './preview.js';
import { stageAt } from './next-stage.js';
import { placeOf } from './place-of.js';

/** The earliest time at which something comes by itself. */
export const nextApprovalDeadline = (state: ApprovalState): Instant | undefined => state.deadlines.next();

/**
 * What has come by time. The id of each is made of the question and the stage, so each comes once: the event that asked is what it rests
 * on, whatever has been said or has come since.
 */
export const dueApprovals = (state: ApprovalState, { now }: Pick<ApprovalContext, 'now'>): readonly LateOutput[] =>
  state.deadlines.due(now).flatMap((key) => {
    const open = state.open.get(key);
    const outgoing = open && outputAt(open, now);
    return open && outgoing ? [{ cause: open.asked, outgoing: [outgoing] }] : [];
  });

const outputAt = (open: OpenApproval, now: Instant): Output | undefined => {
  const { approval, actionHash } = open;
  const deadline = timestamp(open.deadline);
  switch (stageAt(open, now)) {
    case 'preview':
      return previewed(open, noPreview(PREVIEW_UNANSWERED, 'nobody said in time what would change'));
    case 'remind':
      return { type: 'countersign.approval.reminded', ...placeOf(open), subject: approval, data: { approval, deadline } };
    case 'escalate':
      return escalation(open, { why: 'time' });
    case 'expire':
      return { type: 'countersign.approval.expired', ...placeOf(open), subject: approval, data: { approval, actionHash, deadline } };
    case undefined:
      return undefined;
  }
};

/** The fallback roles are asked besides; there have to be some. */
export const escalation = (open: Pick<OpenApproval, 'tenant' | 'workflow' | 'run' | 'step' | 'approval' | 'deadline' | 'escalateTo'>, { why, by }: { readonly why: 'time' | 'called' | 'away'; readonly by?: OpenApproval['sub'] }): Output => ({
  type: 'countersign.approval.escalated',
  ...placeOf(open),
  subject: open.approval,
  data: { approval: open.approval, to: [...(open.escalateTo ?? [])], why, ...(by !== undefined && { by }), deadline: timestamp(open.deadline) },
});
