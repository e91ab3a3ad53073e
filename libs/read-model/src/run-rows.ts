import type { Reason } from '@countersign/contracts';
import { actionStatus, hasEnded, isExecutionCurrent } from './action-status.js';
import type { ActionRow, RunRow } from './tables.js';
import type { ActionView, ApprovalSummary, EscalationSummary, PinnedFile, RunStatus, RunSummary } from './views.js';
import { withoutNulls } from './without-nulls.js';

const statusOf = (row: RunRow, pending: ApprovalSummary | EscalationSummary | undefined): RunStatus => {
  if (row.closed_at !== null) return 'closed';
  if (row.opened_at === null) return 'submitted';
  return pending === undefined ? 'running' : 'waiting';
};

/** `actions`, `approvals` and `escalations`: all of the run. */
export const runSummary = (row: RunRow, actions: readonly ActionRow[], approvals: readonly ApprovalSummary[], escalations: readonly EscalationSummary[]): RunSummary => {
  const question = row.closed_at === null ? escalations.find(({ status }) => status === 'open') : undefined;
  const pending = row.closed_at === null ? approvals.find(({ status }) => status === 'pending') : undefined;
  return {
    ...withoutNulls({
      id: row.id,
      tenant: row.tenant,
      workflow: row.workflow,
      task: row.task,
      source: row.source,
      status: statusOf(row, pending ?? question),
      outcome: row.outcome,
      reason: row.reason,
      submittedAt: row.submitted_at,
      openedAt: row.opened_at,
      closedAt: row.closed_at,
      deadline: row.deadline,
      waitingOn: pending?.id ?? null,
      asking: question?.id ?? null,
    }),
    cost: {
      promptTokens: row.prompt_tokens ?? 0,
      completionTokens: row.completion_tokens ?? 0,
      microUsd: row.micro_usd ?? actions.reduce((sum, action) => sum + (action.used_micro_usd ?? 0), 0),
    },
  };
};

export const pinnedFile = (id: string | null, version: number | null, hash: string | null): PinnedFile | null =>
  id === null || version === null || hash === null ? null : { id, version, hash };

/** Written by `fold-actions`, so it is what it says. */
const reasonsOf = (text: string | null): readonly Reason[] => (text === null ? [] : (JSON.parse(text) as readonly Reason[]));

/** `attempts`: how often its tool was called. */
export const actionView = (row: ActionRow, attempts: number): ActionView => ({
  ...withoutNulls({
    step: row.step,
    tool: row.tool,
    effect: row.effect,
    destination: row.destination,
    actionHash: row.action_hash,
    argsHash: row.args_hash,
    status: actionStatus(row),
    ended: hasEnded(row),
    approval: row.approval,
    code: isExecutionCurrent(row) && row.execution_code !== '' ? row.execution_code : null,
    latencyMs: row.latency_ms,
    outsideId: row.outside_id,
    usedMicroUsd: row.used_micro_usd,
    proposedAt: row.proposed_at,
    decidedAt: row.decided_at,
    executedAt: row.executed_at,
    observedAt: row.observed_at,
  }),
  attempts,
  reasons: reasonsOf(row.decision === null ? row.proposal_reasons : row.decision_reasons),
});
