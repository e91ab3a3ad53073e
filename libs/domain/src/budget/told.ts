import type { LimitName, Reason } from '@countersign/contracts';
import { formatDuration, formatUsd, type Millis, type MicroUsd } from '@countersign/kernel';
import { OVER_REPEATS } from '../reason-codes.js';
import type { Over } from './over.js';

const quantity = (limit: LimitName, amount: number): string => {
  if (limit === 'usd') return `${formatUsd(amount as MicroUsd)} USD`;
  return limit === 'wall-clock' ? formatDuration(amount as Millis) : String(amount);
};

const NAMES: Readonly<Record<LimitName, string>> = {
  usd: 'cost',
  'tool-calls': 'tool calls',
  writes: 'writes',
  records: 'records',
  retries: 'retries',
  steps: 'steps',
  'wall-clock': 'time',
  rate: 'actions a minute',
  repeats: 'calls with the same arguments',
  'error-rate': 'errors',
};

const where = ({ scope, period }: Pick<Over, 'scope' | 'period'>): string => (scope === 'run' ? 'the run' : `the workflow${period === undefined ? '' : ` in ${period}`}`);

/** `budget.usd.exceeded`; what repeats itself has a code of its own. Names limit and period. */
export const reasonOf = (over: Over): Reason => {
  const { limit, cap, used, reserved, wanted } = over;
  const of = (amount: number): string => quantity(limit, amount);
  const more = limit === 'wall-clock' && over.scope === 'run' ? '' : `, and this takes ${of(wanted)}`;
  return {
    rule: `budget.${over.scope}`,
    code: limit === 'repeats' ? OVER_REPEATS : `budget.${limit}.exceeded`,
    message: `${NAMES[limit]} of ${where(over)}: ${of(used)}${reserved > 0 ? ` and ${of(reserved)} reserved` : ''} of ${of(cap)}${more}`,
  };
};
