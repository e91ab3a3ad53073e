import { sha256, timestamp, type Instant } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import type { Output } from '../output.js';
import { RETRY_AFTER } from '../reason-codes.js';
import { RETRY_WAITS } from './constants.js';
import type { ExecutionContext } from './execution-context.js';
import type { ExecutionState, OpenGrant } from './execution-state.js';
import { nextAttempt, outOfTime, outOfTurn, placeOf, refusal, shutOff, type Unused } from './outputs.js';
import { turnAt } from './turns.js';

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

/** Of a hash, as a number that is exact. */
const HEX_DIGITS = 8;

/** From 0 up to 1, evenly over all calls, and the same whenever it is asked. */
const chance = ({ jti, attempt }: OpenGrant): number => parseInt(sha256(`${jti}/${attempt}`).slice(0, HEX_DIGITS), 16) / 16 ** HEX_DIGITS;

/** The next call of an action, if there may be one. */
export interface Repeat {
  readonly may: boolean;
  readonly startsAt: Instant;
  /** Why not under this grant; absent where it can be. */
  readonly instead?: Unused;
}

export interface Asked {
  /** No call so far can have had an effect, so that there is nothing to be repeated. */
  readonly nothingDone?: boolean;
  /** The tool asks to be left alone for so long. */
  readonly retryAfterMs?: number | undefined;
  /** The breaker of the tool lets nothing through before. */
  readonly shut: Instant | undefined;
}

/** When the next call of an action would go out, and whether it may. */
export const repeatOf = (open: OpenGrant, tool: ToolContract, spent: number, { nothingDone = false, retryAfterMs = 0, shut }: Asked, state: ExecutionState, { now }: Pick<ExecutionContext, 'now'>): Repeat => {
  const most = RETRY_WAITS[Math.min(spent, RETRY_WAITS.length) - 1] ?? RETRY_WAITS[0] ?? 0;
  const ready = (now + Math.max(Math.floor(chance(open) * most), retryAfterMs)) as Instant;
  const startsAt = turnAt(tool, state, ready);
  const may = spent < tool.attempts && (nothingDone || keyHolds(tool, open.first, startsAt));
  if (shut !== undefined) return { may, startsAt, instead: shutOff(tool, shut) };
  if (startsAt < open.exp * 1_000) return { may, startsAt };
  if (retryAfterMs > 0) return { may, startsAt, instead: { code: RETRY_AFTER, message: `\`${tool.id}\` asked for no call before ${timestamp(ready)}`, until: startsAt } };
  return { may, startsAt, instead: startsAt > ready ? outOfTurn(tool, startsAt) : outOfTime(open) };
};

/** The next call, or what makes policy decide again. */
export const goOn = (open: OpenGrant, tool: ToolContract, { startsAt, instead }: Repeat, mayBeDone: boolean, context: ExecutionContext): Output =>
  instead ? refusal(placeOf(open), open, instead, mayBeDone) : nextAttempt(open, tool, startsAt, mayBeDone, context);
