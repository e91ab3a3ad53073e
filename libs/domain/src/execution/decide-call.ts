import { parseTimestamp, type Instant } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import { toolByHash } from '../control/lookups.js';
import type { Output } from '../output.js';
import { HELD_BY_MODE, KEY_WRONG, KILLED, NOT_YET_VALID, PREVIEW_CHANGED } from '../reason-codes.js';
import { breakerAfter, shutUntil } from './breakers.js';
import { classifyCall, type CallMeaning } from './classify-call.js';
import { counted } from './constants.js';
import { callsWith, evidenceOf } from './evidence.js';
import type { CallOutcome, ExecutionContext, ExecutionWork } from './execution-context.js';
import type { ExecutionState, OpenGrant } from './execution-state.js';
import { diverged, ofAttempt, placeOf, refusal, triesOf, unusable, wholeMs } from './outputs.js';
import { erased } from './privacy.js';
import { goOn, repeatOf, type Asked } from './repeat.js';

/**
 * What follows from the end of a call (work `call` or `interrupted`); nothing where the attempt is over already. A fault of ours in
 * the middle of a call is `broken`: it counts as an attempt, so that it cannot go on for ever.
 */
export const decideCall = (work: Pick<ExecutionWork, 'jti' | 'attempt'>, outcome: CallOutcome, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const open = state.open.get(work.jti);
  const tool = open && toolByHash(context.controls, open.toolContractHash)?.document;
  if (!open || !tool || open.attempt !== work.attempt || open.phase.status !== 'calling') return [];
  const meaning = classifyCall(outcome, tool.effect);
  const latencyMs = outcome.kind === 'interrupted' ? 0 : wholeMs(outcome.latencyMs);
  const said = saidBy(outcome);
  const ended = { open, tool, latencyMs, said };
  // A kill ends the grant; whether an earlier call had its effect is looked at all the same.
  if (outcome.kind === 'not-sent' && outcome.code === KILLED && open.mayBeDone) return [look(ended, KILLED, context)];
  if (outcome.kind === 'not-sent' && UNUSABLE.includes(outcome.code)) {
    return [{ type: 'countersign.action.failed', ...placeOf(open), data: { ...ofAttempt(open), code: outcome.code, latencyMs, retrying: true } }, refusal(placeOf(open), open, unusable(outcome.code, outcome.key), open.mayBeDone)];
  }
  const turned = breakerAfter(open, 'code' in meaning ? meaning.code : undefined, state, context.now);
  const [first, ...rest] = afterCall(ended, meaning, shutBy(turned, open, state, context), state, context);
  return first ? [first, ...turned, ...rest] : [];
};

/** Until when nothing goes out, with what the call has just made of the breaker. */
const shutBy = ([turned]: ReturnType<typeof breakerAfter>, open: OpenGrant, state: ExecutionState, { now }: ExecutionContext): Instant | undefined => {
  if (turned === undefined) return shutUntil(open, state, now);
  return turned.type === 'countersign.breaker.opened' ? parseTimestamp(turned.data.until) : undefined;
};

/** A call that is over. `said`: what the tool said of the request, and of the next. */
interface Ended {
  readonly open: OpenGrant;
  readonly tool: ToolContract;
  readonly latencyMs: number;
  readonly said: Pick<Extract<CallOutcome, { kind: 'answered' }>, 'requestId' | 'retryAfterMs'>;
}

const saidBy = (outcome: CallOutcome): Ended['said'] => (outcome.kind === 'answered' ? outcome : {});

const afterCall = (ended: Ended, meaning: CallMeaning, shut: Instant | undefined, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const { open, tool, latencyMs } = ended;
  switch (meaning.effect) {
    case 'done': {
      const { result, blob, outsideId } = meaning;
      return [
        {
          type: 'countersign.action.succeeded',
          ...placeOf(open),
          data: { ...ofAttempt(open), ...(result && { result }), ...(blob && { blob }), ...(outsideId !== undefined && { outsideId }), latencyMs, usedMicroUsd: tool.cost, readBack: tool.readBack !== undefined, ...(!tool.readBack && { tries: triesOf(open) }) },
        },
        ...erased(tool, placeOf(open), open, result),
      ];
    }
    case 'exceeded': {
      // What came back is not handed on: the argument that policy decided on was not the truth.
      const { faults, outsideId } = meaning;
      return [diverged(open, faults, { tries: triesOf(open), latencyMs, usedMicroUsd: tool.cost, ...(outsideId !== undefined && { outsideId }) })];
    }
    case 'none':
      return afterNothing(ended, meaning, { shut, retryAfterMs: ended.said.retryAfterMs }, state, context);
    case 'unknown':
      return afterUnknown(ended, meaning, { shut, retryAfterMs: ended.said.retryAfterMs }, state, context);
  }
};

/** The grant cannot be used any more, though its time is not over. */
const UNUSABLE = [KEY_WRONG, NOT_YET_VALID, HELD_BY_MODE, KILLED, PREVIEW_CHANGED];

type Fruitless = Extract<CallMeaning, { readonly code: string }>;

const requestOf = ({ said: { requestId } }: Ended): { requestId?: string } => (requestId === undefined ? {} : { requestId });

const afterNothing = (ended: Ended, { code, again }: Fruitless, asked: Asked, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const { open, tool, latencyMs } = ended;
  const repeat = repeatOf(open, tool, open.spent + counted(code), { ...asked, nothingDone: !open.mayBeDone }, state, context);
  const failed = (retrying: boolean): Output => ({ type: 'countersign.action.failed', ...placeOf(open), data: { ...ofAttempt(open), code, latencyMs, ...requestOf(ended), retrying, ...(!retrying && { tries: triesOf(open, code) }) } });
  if (again && repeat.may) return [failed(true), goOn(open, tool, repeat, open.mayBeDone, context)];
  // This call had no effect; one before it may have had.
  return open.mayBeDone ? [look(ended, code, context)] : [failed(false)];
};

const afterUnknown = (ended: Ended, { code, again }: Fruitless, asked: Asked, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const { open, tool, latencyMs } = ended;
  const repeat = repeatOf(open, tool, open.spent + counted(code), asked, state, context);
  // Looking needs no grant: what is found need not be granted again.
  if (!again || !repeat.may || (repeat.instead && tool.readBack)) return [look(ended, code, context)];
  return [{ type: 'countersign.action.unknown', ...placeOf(open), data: { ...ofAttempt(open), code, latencyMs, ...requestOf(ended), resolving: true, readBack: false } }, goOn(open, tool, repeat, true, context)];
};

const look = (ended: Ended, code: string, { now }: ExecutionContext): Output => {
  const { open, tool, latencyMs } = ended;
  const readBack = tool.readBack !== undefined;
  const end = { tries: triesOf(open, code), evidence: evidenceOf(open, callsWith(open, { code, ...requestOf(ended) }, now)) };
  return { type: 'countersign.action.unknown', ...placeOf(open), data: { ...ofAttempt(open), code, latencyMs, ...requestOf(ended), resolving: readBack, readBack, ...(!readBack && end) } };
};
