import type { Event, EventData, EventType } from '@countersign/contracts';
import type { JsonObject } from '@countersign/kernel';

/** Of the reasons of a question; a rule set that gives more gives no more to read. */
const MOST_REASONS = 10;

const asked = ({ action, actionHash, reasons, roles }: Pick<EventData<'countersign.approval.requested'>, 'action' | 'actionHash' | 'reasons' | 'roles'>): JsonObject => ({
  tool: action.tool,
  destination: action.destination,
  actionHash,
  reasons: reasons.slice(0, MOST_REASONS).map(({ rule, code, message }) => ({ rule, code, message })),
  roles,
});

/**
 * What of each event goes outside, field by field: what is not named here stays. No argument of an action and no value of a diff does, since
 * they may hold what the tool contract calls personal or secret, and no bytes of a vote: a receiver that wants them asks with the approval's id.
 */
const TOLD: { readonly [Type in EventType]?: (data: EventData<Type>) => JsonObject } = {
  'countersign.approval.requested': (data) => ({
    ...asked(data),
    tier: data.tier,
    quorum: data.quorum,
    ...(data.confirmation && { confirmation: data.confirmation }),
    deadline: data.deadline,
    sub: data.sub,
    act: data.act,
    ...(data.escalateTo && { escalateTo: data.escalateTo }),
  }),
  'countersign.approval.notified': (data) => ({ ...asked(data), ...(data.undoUntil !== undefined && { undoUntil: data.undoUntil }) }),
  'countersign.approval.previewed': ({ actionHash, preview: { kind, hash, changes } }) => ({ actionHash, preview: { kind, hash, fields: changes.map(({ field }) => field) } }),
  'countersign.approval.vote-cast': ({ actionHash, voter, choice, onBehalfOf, consent }) => ({ actionHash, voter, choice, ...(onBehalfOf !== undefined && { onBehalfOf }), ...(consent !== undefined && { consent }) }),
  'countersign.approval.granted': ({ actionHash }) => ({ actionHash }),
  'countersign.approval.rejected': ({ actionHash, by, reason }) => ({ actionHash, by, reason }),
  'countersign.approval.expired': ({ actionHash, deadline }) => ({ actionHash, deadline }),
  'countersign.approval.withdrawn': ({ actionHash, why, reason }) => ({ actionHash, why, reason }),
  'countersign.approval.reminded': ({ deadline }) => ({ deadline }),
  'countersign.approval.escalated': ({ to, why, deadline }) => ({ to, why, deadline }),
};

/** The body of a web hook as Standard Webhooks recommends it: `type`, `timestamp`, `data`. The same event gives the same bytes, however often it is sent. */
export const bodyOf = (event: Event): string => {
  const { id, type, time, tenant, workflow, run, step } = event;
  const approval = 'approval' in event.data ? event.data.approval : undefined;
  const told = (TOLD[type] as ((data: Event['data']) => JsonObject) | undefined)?.(event.data);
  return JSON.stringify({ type, timestamp: time, data: { event: id, tenant, workflow, run, step, approval, ...told } });
};
