import type { Instant } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import { RETRY_WAITS } from './constants.js';
import type { OpenGrant } from './execution-state.js';

/** Whether a call that starts at `startsAt` is recognised as a repeat of one at `first`, or may simply be done twice. */
export const keyHolds = (tool: ToolContract, first: Instant, startsAt: Instant): boolean => {
  if (tool.effect === 'read') return true;
  switch (tool.idempotency.kind) {
    case 'natural':
      return true;
    case 'key':
      return startsAt + tool.timeout < first + tool.idempotency.memory;
    case 'none':
      return false;
  }
};

/**
 * When the next call of an action would go out, and whether it may. `nothingDone`: no call so far can have had an effect, so that
 * there is nothing to be repeated.
 */
export const repeatOf = (open: OpenGrant, tool: ToolContract, spent: number, now: Instant, nothingDone = false): { readonly may: boolean; readonly live: boolean; readonly startsAt: Instant } => {
  const startsAt = (now + (RETRY_WAITS[Math.min(spent, RETRY_WAITS.length) - 1] ?? RETRY_WAITS[0] ?? 0)) as Instant;
  return { may: spent < tool.attempts && (nothingDone || keyHolds(tool, open.first, startsAt)), live: startsAt < open.exp * 1_000, startsAt };
};
