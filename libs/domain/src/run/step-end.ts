import type { BlobRef, Event, Reason, RunEscalationReason, SideEffect, StepOutcome } from '@countersign/contracts';
import type { JsonObject, MicroUsd, StepId } from '@countersign/kernel';
import { EFFECT_UNKNOWN, GRANT_UNUSABLE, isDecidedAnew, KILLED, RUN_DEADLINE, STOPPED_KILLED, STOPPED_TOO_OLD, UNVERIFIED } from '../reason-codes.js';
import type { StepUnderWay } from './run-state.js';

/** Events of policy and of the executor by which a step can end. */
export const STEP_ENDINGS = [
  'countersign.action.denied',
  'countersign.decision.lapsed',
  'countersign.action.succeeded',
  'countersign.action.failed',
  'countersign.action.unknown',
  'countersign.action.verified',
  'countersign.action.diverged',
  'countersign.grant.refused',
] as const;
export type StepEnding = Event<(typeof STEP_ENDINGS)[number]>;

/** How a step ended. `reason` is absent for `succeeded`. */
export interface StepEnd {
  readonly outcome: StepOutcome;
  readonly reason?: string;
  readonly result?: JsonObject;
  readonly blob?: BlobRef;
  readonly sideEffect?: SideEffect;
  readonly used: MicroUsd;
  /** What a person could be asked about it. */
  readonly asks?: RunEscalationReason;
}

/** What a question that ended without a yes is for a run: nobody answered is no denial, and taken back is neither. */
const LAPSED = { rejected: 'disapproved', expired: 'expired', withdrawn: 'stopped' } as const satisfies Record<Event<'countersign.decision.lapsed'>['data']['reason'], StepOutcome>;

const NOTHING_USED = 0 as MicroUsd;

/** The end of a step that is under way; `undefined` where the event does not end it. */
export const stepEnd = (event: StepEnding, step: StepUnderWay, id: StepId): StepEnd | undefined => {
  if (event.data.actionHash !== step.actionHash) return undefined;
  const effect = (state: SideEffect['state'], outsideId?: string): { sideEffect?: SideEffect } =>
    step.effect === 'read' ? {} : { sideEffect: { step: id, tool: step.tool, ...(outsideId !== undefined && { outsideId }), state } };
  switch (event.type) {
    case 'countersign.action.denied':
      if (event.data.reasons.some(({ code }) => code === EFFECT_UNKNOWN)) return { outcome: 'unknown', reason: inWords(event.data.reasons), ...effect('unknown'), used: NOTHING_USED, asks: 'effect.unknown' };
      return denial(event.data.reasons);
    case 'countersign.decision.lapsed':
      return { outcome: LAPSED[event.data.reason], reason: event.data.message, used: NOTHING_USED };
    case 'countersign.action.succeeded':
      return event.data.readBack ? undefined : { outcome: 'succeeded', ...answer(event.data), ...effect('not-verifiable', event.data.outsideId), used: event.data.usedMicroUsd };
    case 'countersign.action.verified':
      return { outcome: 'succeeded', ...answer(event.data), ...effect('verified', event.data.outsideId), used: event.data.usedMicroUsd };
    case 'countersign.action.diverged':
      return {
        outcome: 'unverified',
        reason: `what was read back differs at ${event.data.faults.map(({ pointer }) => `\`${pointer}\``).join(', ')}`,
        ...effect('unverified', event.data.outsideId),
        used: event.data.usedMicroUsd,
        asks: 'effect.diverged',
      };
    case 'countersign.action.failed':
      if (event.data.retrying) return undefined;
      return { reason: `${step.tool}: ${event.data.code}`, used: NOTHING_USED, ...(event.data.code === KILLED ? { outcome: 'stopped' } : { outcome: 'failed', asks: 'retries.exhausted' }) };
    case 'countersign.action.unknown':
      if (event.data.resolving) return undefined;
      return event.data.code === UNVERIFIED
        ? { outcome: 'unverified', reason: `${step.tool}: done, and nobody could look at it`, ...effect('unverified'), used: NOTHING_USED, asks: 'effect.diverged' }
        : { outcome: 'unknown', reason: `${step.tool}: ${event.data.code}, and nobody knows whether it was done`, ...effect('unknown'), used: NOTHING_USED, asks: 'effect.unknown' };
    case 'countersign.grant.refused':
      if (isDecidedAnew(event.data.code)) return undefined;
      return event.data.mayBeDone
        ? { outcome: 'unknown', reason: event.data.message, ...effect('unknown'), used: NOTHING_USED, asks: 'effect.unknown' }
        : { outcome: event.data.code === KILLED ? 'stopped' : 'failed', reason: `the executor refused the grant: ${event.data.code}: ${event.data.message}`, used: NOTHING_USED };
  }
};

const answer = ({ result, blob }: { readonly result?: JsonObject; readonly blob?: BlobRef }): { result?: JsonObject; blob?: BlobRef } => ({
  ...(result && { result }),
  ...(blob && { blob }),
});

const denial = (reasons: readonly Reason[]): StepEnd => {
  const outcome = outcomeOfDenial(reasons);
  return { outcome, reason: inWords(reasons), used: NOTHING_USED, ...(outcome === 'denied' && { asks: 'policy.denied' }) };
};

/** A timeout is never reported as a denial, nor is a fault of keys or clocks, nor what people stopped. */
const outcomeOfDenial = (reasons: readonly Reason[]): StepOutcome => {
  if (reasons.some(({ code }) => code === STOPPED_KILLED || code === STOPPED_TOO_OLD)) return 'stopped';
  return reasons.length > 0 && reasons.every(({ code }) => code === RUN_DEADLINE || code === GRANT_UNUSABLE) ? 'failed' : 'denied';
};

const inWords = (reasons: readonly Reason[]): string => reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ');
