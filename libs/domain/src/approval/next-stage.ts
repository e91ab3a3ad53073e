import type { Instant } from '@countersign/kernel';
import type { OpenApproval } from './approval-state.js';

export interface Stage {
  readonly stage: 'preview' | 'remind' | 'escalate' | 'expire';
  readonly at: Instant;
}

const stagesOf = ({ remindAt, escalateAt, deadline, reminded, escalated, preview }: OpenApproval): readonly Stage[] => [
  ...(preview?.status === 'pending' ? [{ stage: 'preview', at: preview.until } as const] : []),
  ...(remindAt !== undefined && !reminded ? [{ stage: 'remind', at: remindAt } as const] : []),
  ...(escalateAt !== undefined && !escalated ? [{ stage: 'escalate', at: escalateAt } as const] : []),
  { stage: 'expire', at: deadline },
];

/** What comes next by itself. */
export const nextStage = (open: OpenApproval): Stage => stagesOf(open).reduce((first, stage) => (stage.at < first.at ? stage : first));

/** The furthest stage that has come; what came before it and was missed is not made up for. */
export const stageAt = (open: OpenApproval, now: Instant): Stage['stage'] | undefined => stagesOf(open).findLast(({ at }) => at <= now)?.stage;
