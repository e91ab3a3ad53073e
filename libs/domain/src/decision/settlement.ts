import type { Amounts, BudgetSettledV1, Event, Tries } from '@countersign/contracts';
import type { MicroUsd } from '@countersign/kernel';
import { amended, amountsOf, NOTHING } from '../budget/amounts.js';
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
export const settlementOf = (event: GrantEnding, grant: Pick<Grant, 'jti' | 'actionHash' | 'reservation'>): BudgetSettledV1 | undefined => {
  const reserved = amountsOf(grant.reservation);
  const tries = 'tries' in event.data ? event.data.tries : undefined;
  const settled = (outcome: BudgetSettledV1['outcome'], used: Amounts): BudgetSettledV1 => ({ jti: grant.jti, actionHash: grant.actionHash, outcome, reserved, used, ...(tries && { tries }) });
  const called = amended(reserved, { retries: retriesOf(reserved, tries) });
  const done = (usedMicroUsd: MicroUsd): Amounts => amended(called, { microUsd: usedMicroUsd });
  switch (event.type) {
    case 'countersign.action.succeeded':
      return event.data.readBack ? undefined : settled('succeeded', done(event.data.usedMicroUsd));
    case 'countersign.action.verified':
      return settled('succeeded', done(event.data.usedMicroUsd));
    case 'countersign.action.diverged':
      return settled('unknown', done(event.data.usedMicroUsd));
    case 'countersign.action.failed':
      // It was called, and changed nothing.
      return event.data.retrying ? undefined : settled('failed', amended(called, { microUsd: 0 as MicroUsd, records: 0 }));
    case 'countersign.action.unknown':
      // What may have been spent counts as spent: a cap is never passed on a guess.
      return event.data.resolving ? undefined : settled('unknown', reserved);
    case 'countersign.grant.refused':
      if (isDecidedAnew(event.data.code)) return undefined;
      return event.data.mayBeDone ? settled('unknown', reserved) : settled('refused', NOTHING);
  }
};

/** Calls beyond the first. Those that the executor broke off itself are not among its tries; without these the worst counts. */
const retriesOf = ({ retries }: Amounts, tries: Tries | undefined): number => (tries ? Math.min(retries, Math.max(0, tries.calls - 1)) : retries);
