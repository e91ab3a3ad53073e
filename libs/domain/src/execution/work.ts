import type { Cause, Event } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import { isAmong } from '../event-type.js';
import { SETTLE_MARGIN } from './constants.js';
import type { ExecutionWork } from './execution-context.js';
import type { ExecutionState, OpenGrant, OpenPreview } from './execution-state.js';

/** Work that an own event asks for, just folded in. */
export const workForExecution = (state: ExecutionState, event: Event, cause: Cause): readonly ExecutionWork[] => {
  if (event.type === 'countersign.preview.started') return previewWork(state.previews.get(event.data.jti));
  if (!isAmong(event, ASKING)) return [];
  const open = state.open.get(event.data.jti);
  if (!open || open.attempt !== event.data.attempt) return [];
  const { phase } = open;
  if (event.type === 'countersign.attempt.started') return phase.status === 'calling' ? [workOf(open, 'call', cause, phase.startsAt, phase.deadline)] : [];
  return phase.status === 'reading-back' ? [workOf(open, 'read-back', cause, phase.since, phase.since)] : [];
};

const ASKING = ['countersign.attempt.started', 'countersign.action.succeeded', 'countersign.action.unknown'] as const;

/** All open work of a restored state. An attempt without an outcome is waited for, because its owner may still be at it. */
export const openExecutionWork = (state: ExecutionState): readonly ExecutionWork[] => [
  ...[...state.previews.values()].flatMap(previewWork),
  ...[...state.open.values()].flatMap((open) => {
    switch (open.phase.status) {
      case 'calling':
        return [workOf(open, 'interrupted', open.newest, (open.phase.deadline + SETTLE_MARGIN) as Instant, open.phase.deadline)];
      case 'reading-back':
        return [workOf(open, 'read-back', open.newest, open.phase.since, open.phase.since)];
      case 'between':
        return [];
    }
  }),
];

/** Asking changes nothing, so whoever takes a partition over asks at once. */
const previewWork = (open: OpenPreview | undefined): readonly ExecutionWork[] => {
  if (!open) return [];
  const { jti, newest: cause, tool: bulkhead, exp, tenant, workflow, grant, toolContractHash } = open;
  return [{ id: `${jti}/preview`, cause, bulkhead, notBefore: 0 as Instant, kind: 'preview', jti, attempt: 0, mayBeDone: false, tenant, workflow, grant, toolContractHash, deadline: (exp * 1_000) as Instant }];
};

const workOf = (open: OpenGrant, kind: ExecutionWork['kind'], cause: Cause, notBefore: Instant, deadline: Instant): ExecutionWork => ({
  id: `${open.jti}/${open.attempt}/${kind}`,
  cause,
  bulkhead: open.tool,
  notBefore,
  kind,
  jti: open.jti,
  attempt: open.attempt,
  mayBeDone: open.mayBeDone,
  tenant: open.tenant,
  workflow: open.workflow,
  grant: open.grant,
  toolContractHash: open.toolContractHash,
  deadline,
});
