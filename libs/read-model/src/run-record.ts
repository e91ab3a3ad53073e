import type { Kysely } from 'kysely';
import { atPointer, MICRO_PER_USD, microUsdFromDecimal, type JsonObject } from '@countersign/kernel';
import { actionStatus } from './action-status.js';
import type { FoundRun } from './run-queries.js';
import { runSummary } from './run-rows.js';
import type { Tables } from './tables.js';
import type { RunRecord } from './views.js';

/** Where the agent contract names the budget of a run, in USD. */
const BUDGET = '/max_total_cost_usd';

/** The budget that the run's own version of the contract names; `null` where it names none. */
export const budgetOf = async (db: Kysely<Tables>, { run }: FoundRun): Promise<number | null> => {
  if (run.contract_hash === null) return null;
  const file = await db.selectFrom('config_files').select('body').where('kind', '=', 'contract').where('hash', '=', run.contract_hash).executeTakeFirst();
  const budget = file ? atPointer(JSON.parse(file.body) as JsonObject, BUDGET) : undefined;
  // Written as a number or as the text of one.
  return typeof budget === 'number' || typeof budget === 'string' ? microUsdFromDecimal(budget) / MICRO_PER_USD : null;
};

/** The record of a run as auditors get it. A run of a playbook asked no model. */
export const runRecord = ({ run, actions, approvals, escalations }: FoundRun, budget: number | null): RunRecord => {
  const { cost, status } = runSummary(run, actions, approvals, escalations);
  return {
    run_id: run.id,
    agent: run.agent,
    tenant_id: run.tenant,
    model: null,
    budget_usd: budget,
    tool_calls: actions.flatMap((row) => (row.tool === null ? [] : [{ tool: row.tool, input_hash: row.args_hash, status: actionStatus(row), latency_ms: row.latency_ms }])),
    // Only people approve, and an approval is there only where one was required.
    approvals: approvals.map((approval) => ({ type: 'human', required: true, approved: approval.status === 'granted' })),
    outcome: { status: run.outcome ?? status, reason: run.reason },
    cost: { prompt_tokens: cost.promptTokens, completion_tokens: cost.completionTokens, usd: cost.microUsd / MICRO_PER_USD },
  };
};
