import type { Cause, Event } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import { isAmong } from '../event-type.js';
import { SETTLE_MARGIN } from './constants.js';
import type { ExecutionWork } from './execution-context.js';
import type { ExecutionState, OpenGrant } from './execution-state.js';

/** Work that an own event asks for, just folded in. */
export const workForExecution = (state: ExecutionState, event: Event, cause: Cause): readonly ExecutionWork[] => {
  if (!isAmong(event, ASKING)) return [];
  const open = state.open.get(event.data.jti);
  if (!open || open.attempt !== event.data.attempt) return [];
  const { phase } = open;
  if (event.type === 'countersign.attempt.started') return phase.status === 'calling' ? [workOf(open, 'call', cause, phase.startsAt, phase.deadline)] : [];
  return phase.status === 'reading-back' ? [workOf(open, 'read-back', cause, phase.since, phase.since)] : [];
};

const ASKING = ['countersign.attempt.started', 'countersign.action.succeeded', 'countersign.action.unknown'] as const;

/** All open work of a restored state. An attempt without an outcome is waited for, because its owner may still be at it. */
export const openExecutionWork = (state: ExecutionState): readonly ExecutionWork[] =>
  [...state.open.values()].flatMap((open) => {
    switch (open.phase.status) {
      case 'calling':
        return [workOf(open, 'interrupted', open.newest, (open.phase.deadline + SETTLE_MARGIN) as Instant, open.phase.deadline)];
      case 'reading-back':
        return [workOf(open, 'read-back', open.newest, open.phase.since, open.phase.since)];
      case 'between':
        return [];
    }
  });

const workOf = (open: OpenGrant, kind: ExecutionWork['kind'], cause: Cause, notBefore: Instant, deadline: Instant): ExecutionWork => ({
  id: `${open.jti}/${open.attempt}/${kind}`,
  cause,
  bulkhead: open.tool,
  notBefore,
  kind,
  jti: open.jti,
  attempt: open.attempt,
  tenant: open.tenant,
  workflow: open.workflow,
  grant: open.grant,
  toolContractHash: open.toolContractHash,
  deadline,
});
