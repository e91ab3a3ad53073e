import { exhaustive } from '@countersign/kernel';
import type { ActionRow } from './tables.js';

/** `invalid` never reached policy, `disapproved` and `expired` come from people, `skipped` steps had no reason to be proposed. */
export type ActionStatus = 'skipped' | NonNullable<ActionRow['proposal'] | ActionRow['decision'] | ActionRow['execution']>;

type Halves = Pick<ActionRow, 'proposal' | 'observed' | 'decision' | 'grant_jti' | 'execution' | 'execution_jti' | 'execution_code' | 'execution_ended'>;

/**
 * Whether what the executor said last is about the grant in force: policy may have decided again since (a grant that expired), and then
 * its word is newer. Which topic was read first plays no part.
 */
export const isExecutionCurrent = (row: Halves): boolean => row.execution !== null && (row.decision === null || row.execution_jti === row.grant_jti);

/** Where an action stands, from what each topic says of it. */
export const actionStatus = (row: Halves): ActionStatus => {
  if (isExecutionCurrent(row) && row.execution !== null) return row.execution;
  return row.decision ?? row.proposal ?? (row.observed === 'skipped' ? 'skipped' : 'proposed');
};

/** Refusals that say nothing against the decision: the grant ran out, keys or clocks differ, or a mode holds the action. */
const DECIDED_ANEW = ['expired', 'key.wrong', 'not-yet-valid', 'mode', 'breaker.open', 'tool.rate', 'tool.retry-after', 'preview.changed'];

/** A grant that could not be used is no end where policy decides again. */
export const isDecidedAnew = (row: Halves): boolean => isExecutionCurrent(row) && row.execution === 'refused' && DECIDED_ANEW.includes(row.execution_code ?? '');

/** Whether nothing more will come of an action. */
export const hasEnded = (row: Halves): boolean => {
  const status = actionStatus(row);
  switch (status) {
    case 'proposed':
    case 'asked':
    case 'allowed':
    case 'deferred':
    case 'running':
      return false;
    case 'succeeded':
    case 'verified':
    case 'failed':
    case 'unknown':
    case 'diverged':
      return row.execution_ended === true;
    case 'refused':
      return !isDecidedAnew(row);
    case 'skipped':
    case 'invalid':
    case 'denied':
    case 'disapproved':
    case 'expired':
    case 'withdrawn':
      return true;
    default:
      return exhaustive(status);
  }
};
