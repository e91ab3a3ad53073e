import type { AnswerChoice, Event } from '@countersign/contracts';
import type { ActionRow, EscalationRow, Place } from '../tables.js';
import { timeOf, type Patch } from './patch.js';

const patch = (id: string, row: Partial<EscalationRow>): readonly Patch[] => [{ table: 'escalations', row: { id, ...row } }];

/** From `proposals`, as all of it. `at` is Kafka's timestamp, milliseconds. */
export const inputRequested = ({ tenant, workflow, run, time, data }: Event<'countersign.run.input-requested'>, at: number, place: Place): readonly Patch[] => {
  const { escalation, reason, step, tool, message, choices, role, escalateTo, otherwise, deadline } = data;
  return patch(escalation, {
    tenant: tenant ?? null,
    workflow: workflow ?? null,
    run: run ?? null,
    step,
    tool: tool ?? null,
    reason,
    message,
    choices,
    role,
    ...(escalateTo && { escalate_to: escalateTo }),
    otherwise,
    deadline: timeOf(deadline, at),
    asked_at: timeOf(time, at),
    asked_partition: place.partition,
    asked_offset: place.offset,
  });
};

/** What has come of a question meanwhile. */
export const inputChanged = (event: Event<'countersign.run.input-claimed' | 'countersign.run.input-reminded' | 'countersign.run.input-escalated'>, at: number): readonly Patch[] => {
  const { escalation } = event.data;
  const time = timeOf(event.time, at);
  switch (event.type) {
    case 'countersign.run.input-claimed':
      return patch(escalation, { claimed_by: event.data.by, claimed_until: timeOf(event.data.until, at) });
    case 'countersign.run.input-reminded':
      return patch(escalation, { reminded_at: time });
    case 'countersign.run.input-escalated':
      return patch(escalation, { escalated_at: time });
  }
};

/** What is done once more has not been seen, whatever was seen of it before; what a person has looked at is done. */
const seenAs = (choice: AnswerChoice): Pick<Partial<ActionRow>, 'observed' | 'proposal_reasons'> => (choice === 'done' || choice === 'accept' ? { observed: 'succeeded' } : { observed: '', proposal_reasons: '[]' });

export const inputEnded = (event: Event<'countersign.run.input-answered' | 'countersign.run.input-expired'>, at: number): readonly Patch[] => {
  const ended_at = timeOf(event.time, at);
  if (event.type === 'countersign.run.input-expired') return patch(event.data.escalation, { ended: 'expired', ended_at });
  const { escalation, step, by, choice, reason } = event.data;
  return [...patch(escalation, { ended: 'answered', ended_at, answered_by: by, choice, said: reason }), ...(event.run === undefined || choice === 'stop' ? [] : [{ table: 'actions' as const, row: { run: event.run, step, ...seenAs(choice) } }])];
};
