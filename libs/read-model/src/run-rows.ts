import type { ReasonView, ActionView, ConfigRefView, CostView, RunSummary } from './views.js';
import { actionStatus, isExecutionCurrent } from './action-status.js';
import type { ActionRow, RunRow } from './tables.js';

const configRef = (id: string | null, version: number | null, hash: string | null): ConfigRefView | null =>
  id === null || version === null || hash === null ? null : { id, version, hash };

/** What the run has used: as its end said, or so far. */
const costOf = (row: RunRow, actions: readonly ActionRow[]): CostView => ({
  promptTokens: row.prompt_tokens ?? 0,
  completionTokens: row.completion_tokens ?? 0,
  microUsd: row.micro_usd ?? actions.reduce((sum, action) => sum + (action.used_micro_usd ?? 0), 0),
});

/** `actions`: all of the run. */
export const runSummary = (row: RunRow, actions: readonly ActionRow[]): RunSummary => ({
  run: row.id,
  tenant: row.tenant,
  workflow: row.workflow,
  task: row.task,
  source: row.source,
  agent: row.agent,
  subject: row.subject,
  status: row.closed_at === null ? 'open' : 'closed',
  outcome: row.outcome,
  reason: row.reason,
  submittedAt: row.submitted_at,
  openedAt: row.opened_at,
  closedAt: row.closed_at,
  deadline: row.deadline,
  contract: configRef(row.contract, row.contract_version, row.contract_hash),
  playbook: configRef(row.playbook, row.playbook_version, row.playbook_hash),
  cost: costOf(row, actions),
});

/** Written by `fold-actions`, so it is what it says. */
const reasonsOf = (text: string | null): readonly ReasonView[] => (text === null ? [] : (JSON.parse(text) as readonly ReasonView[]));

/** `attempts`: how often its tool was called. */
export const actionView = (row: ActionRow, attempts: number): ActionView => ({
  step: row.step,
  tool: row.tool,
  effect: row.effect,
  destination: row.destination,
  status: actionStatus(row),
  reasons: reasonsOf(row.decision === null ? row.proposal_reasons : row.decision_reasons),
  actionHash: row.action_hash,
  inputHash: row.args_hash,
  approval: row.approval,
  attempts,
  latencyMs: row.latency_ms,
  outsideId: row.outside_id,
  usedMicroUsd: row.used_micro_usd ?? 0,
  code: isExecutionCurrent(row) && row.execution_code !== '' ? row.execution_code : null,
  proposedAt: row.proposed_at,
  decidedAt: row.decided_at,
  executedAt: row.executed_at,
  observedAt: row.observed_at,
});
