import type { Event, EventData } from '@countersign/contracts';

/** Ends of a question to people without a yes. */
export const UNANSWERED = ['countersign.approval.rejected', 'countersign.approval.expired', 'countersign.approval.withdrawn'] as const;

export const whyLapsed = (event: Event<(typeof UNANSWERED)[number]>): Pick<EventData<'countersign.decision.lapsed'>, 'reason' | 'message'> => {
  switch (event.type) {
    case 'countersign.approval.rejected':
      return { reason: 'rejected', message: `${event.data.by} said no: ${event.data.reason}` };
    case 'countersign.approval.expired':
      return { reason: 'expired', message: `nobody answered until ${event.data.deadline}` };
    case 'countersign.approval.withdrawn':
      return { reason: 'withdrawn', message: event.data.reason };
  }
};
