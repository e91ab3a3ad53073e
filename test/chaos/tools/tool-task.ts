import type { SentTask } from '../chaos-task.ts';
import { scheduleText, type ToolSchedule } from './schedule.ts';

/** The task of a schedule, and where its effect is to be found. */
export interface ToolTask extends SentTask {
  readonly schedule: ToolSchedule;
  /** The schedule, for whoever reads what went wrong. */
  readonly text: string;
  /** A charge of the payments service, or a ticket of the board. */
  readonly target: string;
}

const REFUND_CENTS = 100;

/** `target` is a fresh charge, or a ticket; `lane` the workflow of refunds. */
export const toolTaskOf = (schedule: ToolSchedule, target: string, lane: string): ToolTask => {
  const isRefund = schedule.system === 'payments';
  const workflow = isRefund ? lane : schedule.system;
  return {
    number: schedule.number,
    id: `tool-${schedule.number}`,
    source: '/chaos/tools',
    type: `${isRefund ? 'refund' : 'note'}.${workflow}`,
    workflow,
    twice: false,
    data: isRefund ? { ticket: `TL-${schedule.number}`, reason: 'a tool that fails', charge_id: target, amount_cents: REFUND_CENTS } : { ticket: target },
    schedule,
    text: scheduleText(schedule),
    target,
  };
};
