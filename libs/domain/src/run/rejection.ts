import type { ProposalRejectedV1 } from '@countersign/contracts';
import type { StepId } from '@countersign/kernel';
import type { RunFailure, StepEnded } from './run-state.js';

/** Why a step never reached policy, and what its run comes to. */
const OUTCOME_OF_REJECTION = {
  'args.invalid': 'invalid',
  'args.too-large': 'invalid',
  'data.missing': 'invalid',
  'steps.exceeded': 'failed',
  'tool.unknown': 'denied',
  'tool.not-in-contract': 'denied',
  'tool.effect-differs': 'denied',
} as const satisfies Readonly<Record<string, RunFailure['outcome']>>;

export type RejectionCode = keyof typeof OUTCOME_OF_REJECTION;

const isCode = (code: string): code is RejectionCode => Object.hasOwn(OUTCOME_OF_REJECTION, code);

/** What a run comes to whose step never reached policy. */
export const failureOf = ({ code, message }: { readonly code: string; readonly message: string }, step: StepId | undefined): RunFailure => ({ outcome: outcomeOfRejection(code), reason: `${code}: ${message}`, ...(step !== undefined && { step }) });

/** How such a step stands. */
export const rejectedStep = (rejected: ProposalRejectedV1): StepEnded => {
  const { code, message, missing } = rejected;
  return { status: 'ended', outcome: outcomeOfRejection(code), reason: `${code}: ${message}`, ...(missing && { asks: 'data.missing', missing }) };
};

/** A code that another version wrote ends the run as failed. */
export const outcomeOfRejection = (code: string): RunFailure['outcome'] => (isCode(code) ? OUTCOME_OF_REJECTION[code] : 'failed');
