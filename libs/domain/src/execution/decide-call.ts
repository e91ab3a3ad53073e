import type { ToolContract } from '../config/tool-contract.js';
import { toolByHash } from '../control/lookups.js';
import type { Output } from '../output.js';
import { HELD_BY_MODE, KEY_WRONG, KILLED, NOT_YET_VALID } from '../reason-codes.js';
import { classifyCall, type CallMeaning } from './classify-call.js';
import { counted } from './constants.js';
import type { CallOutcome, ExecutionContext, ExecutionWork } from './execution-context.js';
import type { ExecutionState, OpenGrant } from './execution-state.js';
import { diverged, nextAttempt, ofAttempt, placeOf, ranOut, triesOf, unusable, wholeMs } from './outputs.js';
import { repeatOf } from './repeat.js';

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
  // A kill ends the grant; whether an earlier call had its effect is looked at all the same.
  if (outcome.kind === 'not-sent' && outcome.code === KILLED && open.mayBeDone) return [look(open, tool, KILLED, latencyMs)];
  if (outcome.kind === 'not-sent' && UNUSABLE.includes(outcome.code)) {
    return [{ type: 'countersign.action.failed', ...placeOf(open), data: { ...ofAttempt(open), code: outcome.code, latencyMs, retrying: true } }, unusable(open, outcome.code, outcome.key)];
  }
  switch (meaning.effect) {
    case 'done': {
      const { result, blob, outsideId } = meaning;
      return [
        {
          type: 'countersign.action.succeeded',
          ...placeOf(open),
          data: { ...ofAttempt(open), ...(result && { result }), ...(blob && { blob }), ...(outsideId !== undefined && { outsideId }), latencyMs, usedMicroUsd: tool.cost, readBack: tool.readBack !== undefined, ...(!tool.readBack && { tries: triesOf(open) }) },
        },
      ];
    }
    case 'exceeded': {
      // What came back is not handed on: the argument that policy decided on was not the truth.
      const { faults, outsideId } = meaning;
      return [diverged(open, faults, { tries: triesOf(open), latencyMs, usedMicroUsd: tool.cost, ...(outsideId !== undefined && { outsideId }) })];
    }
    case 'none':
      return afterNothing(open, tool, meaning, latencyMs, context);
    case 'unknown':
      return afterUnknown(open, tool, meaning, latencyMs, context);
  }
};

/** The grant cannot be used any more, though its time is not over. */
const UNUSABLE = [KEY_WRONG, NOT_YET_VALID, HELD_BY_MODE, KILLED];

type Fruitless = Extract<CallMeaning, { readonly code: string }>;

const afterNothing = (open: OpenGrant, tool: ToolContract, { code, again }: Fruitless, latencyMs: number, { now }: ExecutionContext): readonly Output[] => {
  const repeat = repeatOf(open, tool, open.spent + counted(code), now, !open.mayBeDone);
  const failed = (retrying: boolean): Output => ({ type: 'countersign.action.failed', ...placeOf(open), data: { ...ofAttempt(open), code, latencyMs, retrying, ...(!retrying && { tries: triesOf(open, code) }) } });
  if (again && repeat.may) return [failed(true), repeat.live ? nextAttempt(open, tool, repeat.startsAt, open.mayBeDone) : ranOut(open, open.mayBeDone)];
  // This call had no effect; one before it may have had.
  return open.mayBeDone ? [look(open, tool, code, latencyMs)] : [failed(false)];
};

const afterUnknown = (open: OpenGrant, tool: ToolContract, { code, again }: Fruitless, latencyMs: number, { now }: ExecutionContext): readonly Output[] => {
  const repeat = repeatOf(open, tool, open.spent + counted(code), now);
  if (!again || !repeat.may) return [look(open, tool, code, latencyMs)];
  const unknown: Output = { type: 'countersign.action.unknown', ...placeOf(open), data: { ...ofAttempt(open), code, latencyMs, resolving: true, readBack: false } };
  if (repeat.live) return [unknown, nextAttempt(open, tool, repeat.startsAt, true)];
  // Looking needs no grant: what is found need not be granted again.
  return tool.readBack ? [look(open, tool, code, latencyMs)] : [unknown, ranOut(open, true)];
};

const look = (open: OpenGrant, tool: ToolContract, code: string, latencyMs: number): Output => {
  const readBack = tool.readBack !== undefined;
  return { type: 'countersign.action.unknown', ...placeOf(open), data: { ...ofAttempt(open), code, latencyMs, resolving: readBack, readBack, ...(!readBack && { tries: triesOf(open, code) }) } };
};
