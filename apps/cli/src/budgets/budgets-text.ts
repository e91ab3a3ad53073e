import type { Sum } from '@countersign/domain';
import { formatDuration, formatUsd, type MicroUsd, type Millis } from '@countersign/kernel';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import type { BudgetRow, WorkflowBudget } from './budget-rows.js';

export const NAMES: Readonly<Record<Sum, string>> = { microUsd: 'usd', toolCalls: 'tool calls', writes: 'writes', records: 'records', retries: 'retries', steps: 'steps', wallClock: 'time' };

export const quantity = (amount: Sum, value: number | undefined): string => {
  if (value === undefined) return '-';
  if (amount === 'wallClock') return formatDuration(value as Millis);
  return amount === 'microUsd' ? formatUsd(value as MicroUsd) : String(value);
};

/** What has no cap and was not used says nothing. */
const isTold = ({ used, reserved, cap }: BudgetRow): boolean => cap !== undefined || used > 0 || reserved > 0;

export const budgetsText = (budgets: readonly WorkflowBudget[], { colors, width }: View): string => {
  const rows = budgets.flatMap((each) =>
    each.rows.filter(isTold).map(({ tenant, workflow, period, amount, used, reserved, cap, later }) => {
      const left = cap === undefined ? undefined : cap - used - reserved;
      return [`${tenant}/${workflow}`, period, NAMES[amount], quantity(amount, used), quantity(amount, reserved), `${quantity(amount, cap)}${later === undefined ? '' : ` (${quantity(amount, later)} later)`}`, left === undefined ? '-' : left > 0 ? quantity(amount, left) : colors.yellow(quantity(amount, 0))];
    }),
  );
  const degraded = budgets.flatMap(({ tenant, workflow, degradedBy }) => (degradedBy === undefined ? [] : [colors.yellow(`${tenant}/${workflow} is held to less: ${degradedBy} failed too often`)]));
  return [table(['WORKFLOW', 'PERIOD', 'OF', 'USED', 'RESERVED', 'CAP', 'LEFT'].map((title) => colors.bold(title)), rows, width), ...degraded].join('\n');
};
