import type { CallMade, Evidence, LookMade } from '@countersign/contracts';
import { timestamp, type Instant } from '@countersign/kernel';
import { CALLS_TOLD } from './constants.js';
import type { OpenGrant } from './execution-state.js';

/** The tool said that a call was done. */
export const SAID_DONE = 'done';

/** What a call came to. */
export interface CallEnd {
  readonly code: string;
  readonly requestId?: string;
}

/** The calls of an action so far, and the one under way, which comes to its end at `now`. */
export const callsWith = ({ jti, attempt, phase, calls }: OpenGrant, { code, requestId }: CallEnd, now: Instant): readonly CallMade[] => {
  if (phase.status !== 'calling') return calls;
  const made = { jti, attempt, startsAt: timestamp(phase.startsAt), endedAt: timestamp(now), code, ...(requestId !== undefined && { requestId }) };
  return [...calls, made].slice(-CALLS_TOLD);
};

export const evidenceOf = ({ tool, idempotencyKey }: OpenGrant, calls: readonly CallMade[], looks: readonly LookMade[] = []): Evidence => ({ tool, idempotencyKey, calls: [...calls], looks: [...looks] });
