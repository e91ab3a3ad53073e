import { capOf, limitsIn, NO_TALLY, SUMS, workflowKey, type AgentContract, type ControlState, type DecisionState, type Periods, type PeriodsOf, type Sum, type Tally } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';

/** What one workflow has used of one amount in one period. */
export interface BudgetRow {
  readonly tenant: string;
  readonly workflow: string;
  readonly period: string;
  /** `microUsd`, `toolCalls`, `writes`, `records`, `retries`, `steps`, or `wallClock` in milliseconds. */
  readonly amount: Sum;
  readonly used: number;
  /** By grants that have not ended; of time, by runs that are open. */
  readonly reserved: number;
  /** Absent where the contract has none. */
  readonly cap?: number;
  /** What the contract says, where the period has no room for all of it: the next has. */
  readonly later?: number;
}

export interface WorkflowBudget {
  readonly tenant: string;
  readonly workflow: string;
  readonly rows: readonly BudgetRow[];
  /** Tool whose errors hold the workflow to less; absent where nothing does. */
  readonly degradedBy?: string;
}

/** Today, this month, and older periods in which something is still reserved. */
const periodsIn = (known: ReadonlyMap<string, Tally> | undefined, { day, month }: Periods): readonly string[] => [...new Set([day, month, ...[...(known ?? [])].filter(([, { reserved }]) => SUMS.some((amount) => reserved[amount] > 0)).map(([period]) => period)])];

const isDay = (period: string): boolean => period.length > '2026-11'.length;

const rowsOf = (controls: ControlState, tenant: string, contract: AgentContract, state: DecisionState, now: Instant, periodsOf: PeriodsOf): readonly BudgetRow[] => {
  const { workflow, budgets } = contract;
  const known = state.spending.get(workflowKey({ tenant, workflow }))?.periods;
  return periodsIn(known, periodsOf(budgets.timeZone, now)).flatMap((period) => {
    const { used, reserved } = known?.get(period) ?? NO_TALLY;
    const scope = isDay(period) ? 'day' : 'month';
    const limits = limitsIn(controls, tenant, contract, scope, period);
    return SUMS.map((amount) => {
      const [cap, later] = [capOf(limits, amount), capOf(budgets[scope], amount)];
      return { tenant, workflow, period, amount, used: used[amount], reserved: reserved[amount], ...(cap !== undefined && { cap }), ...(later !== cap && later !== undefined && { later }) };
    });
  });
};

/** What policy knows of every tenant and workflow with a contract in force. */
export const budgetsIn = (controls: ControlState, stateOf: (tenant: string, workflow: string) => DecisionState, now: Instant, periodsOf: PeriodsOf): readonly WorkflowBudget[] =>
  (controls.active?.contracts ?? []).flatMap(({ document }) =>
    document.tenants.map((tenant): WorkflowBudget => {
      const { workflow } = document;
      const state = stateOf(tenant, workflow);
      const degraded = state.spending.get(workflowKey({ tenant, workflow }))?.degraded;
      return { tenant, workflow, rows: rowsOf(controls, tenant, document, state, now, periodsOf), ...(degraded && { degradedBy: degraded.tool }) };
    }),
  );
