import { timestamp, type Instant } from '@countersign/kernel';
import { stageAt } from '../approval/next-stage.js';
import type { Output } from '../output.js';
import type { OpenQuestion, RunState } from './run-state.js';

/** What comes by time of a question that stays open; nothing where its time is over, or not yet come. */
export const stageOf = ({ tenant, workflow, run }: RunState, question: OpenQuestion, now: Instant): { readonly output: Output } | 'expired' | undefined => {
  const { escalation, step, escalateTo = [] } = question;
  const place = { tenant, workflow, run, step };
  const deadline = timestamp(question.deadline);
  switch (stageAt(question, now)) {
    case 'remind':
      return { output: { type: 'countersign.run.input-reminded', ...place, data: { escalation, deadline } } };
    case 'escalate':
      return { output: { type: 'countersign.run.input-escalated', ...place, data: { escalation, to: [...escalateTo], deadline } } };
    case 'expire':
      return 'expired';
    // Nothing is shown of a question of a run beside what it says.
    case 'preview':
    case undefined:
      return undefined;
  }
};
