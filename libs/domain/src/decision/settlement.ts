import type { BudgetSettledV1, Event } from '@countersign/contracts';
import type { MicroUsd } from '@countersign/kernel';
import { isDecidedAnew } from '../reason-codes.js';
import type { Grant } from './decision-state.js';

/** Events of the executor by which a grant can end. */
export const GRANT_ENDINGS = [
  'countersign.action.succeeded',
  'countersign.action.failed',
  'countersign.action.unknown',
  'countersign.action.verified',
  'countersign.action.diverged',
  'countersign.grant.refused',
] as const;
export type GrantEnding = Event<(typeof GRANT_ENDINGS)[number]>;

/** What a grant came to; `undefined` where the event does not end it, or ends it only for a new one. */
export const settlementOf = (event: GrantEnding, grant: Grant): BudgetSettledV1 | undefined => {
  const settled = (outcome: BudgetSettledV1['outcome'], used: number): BudgetSettledV1 => ({
    jti: grant.jti,
    actionHash: grant.actionHash,
    outcome,
    reservedMicroUsd: grant.reserved,
    usedMicroUsd: used as MicroUsd,
  });
  switch (event.type) {
    case 'countersign.action.succeeded':
      return event.data.readBack ? undefined : settled('succeeded', event.data.usedMicroUsd);
    case 'countersign.action.verified':
      return settled('succeeded', event.data.usedMicroUsd);
    case 'countersign.action.diverged':
      return settled('unknown', event.data.usedMicroUsd);
    case 'countersign.action.failed':
      return event.data.retrying ? undefined : settled('failed', 0);
    case 'countersign.action.unknown':
      // What may have been spent counts as spent: a cap is never passed on a guess.
      return event.data.resolving ? undefined : settled('unknown', grant.reserved);
    case 'countersign.grant.refused':
      if (isDecidedAnew(event.data.code)) return undefined;
      return event.data.mayBeDone ? settled('unknown', grant.reserved) : settled('refused', 0);
  }
};
