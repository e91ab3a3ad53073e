import type { Instant } from '@countersign/kernel';
import type { OpenApproval } from './approval-state.js';

export interface Stage {
  readonly stage: 'preview' | 'remind' | 'escalate' | 'expire';
  readonly at: Instant;
}

/** What a question to people says of its time, whoever asks it. */
type Timed = Pick<OpenApproval, 'remindAt' | 'escalateAt' | 'deadline' | 'reminded' | 'escalated' | 'preview'>;

const stagesOf = ({ remindAt, escalateAt, deadline, reminded, escalated, preview }: Timed): readonly Stage[] => [
  ...(preview?.status === 'pending' ? [{ stage: 'preview', at: preview.until } as const] : []),
  ...(remindAt !== undefined && !reminded ? [{ stage: 'remind', at: remindAt } as const] : []),
  ...(escalateAt !== undefined && !escalated ? [{ stage: 'escalate', at: escalateAt } as const] : []),
  { stage: 'expire', at: deadline },
];

/** What comes next by itself. */
export const nextStage = (open: Timed): Stage => stagesOf(open).reduce((first, stage) => (stage.at < first.at ? stage : first));

/** The furthest stage that has come; what came before it and was missed is not made up for. */
export const stageAt = (open: Timed, now: Instant): Stage['stage'] | undefined => stagesOf(open).findLast(({ at }) => at <= now)?.stage;
