import type { ToolContract } from '../config/tool-contract.js';
import { toolByHash } from '../control/lookups.js';
import type { Output } from '../output.js';
import { KILLED, UNVERIFIED } from '../reason-codes.js';
import { ANSWER_INVALID } from './constants.js';
import type { ExecutionContext, ExecutionWork, ReadBackOutcome } from './execution-context.js';
import type { ExecutionState, OpenGrant, Said } from './execution-state.js';
import { shutUntil } from './breakers.js';
import { evidenceOf } from './evidence.js';
import { diverged, ofAttempt, placeOf, triesOf, triesSoFar, wholeMs } from './outputs.js';
import { goOn, repeatOf } from './repeat.js';

/** What follows from looking at an effect (work `read-back`); nothing where the grant has ended already. */
export const decideReadBack = (work: Pick<ExecutionWork, 'jti' | 'attempt'>, outcome: ReadBackOutcome, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const open = state.open.get(work.jti);
  const tool = open && toolByHash(context.controls, open.toolContractHash)?.document;
  if (!open || !tool || open.attempt !== work.attempt || open.phase.status !== 'reading-back') return [];
  const { said } = open.phase;
  if (outcome.kind === 'found') return [found(open, tool, said, outcome)];
  return said.said === 'done' ? [unconfirmed(open, tool, said, outcome)] : unresolved(open, tool, said, outcome, state, context);
};

const found = (open: OpenGrant, tool: ToolContract, said: Said, outcome: Extract<ReadBackOutcome, { kind: 'found' }>): Output => {
  const outsideId = (said.said === 'done' ? said.outsideId : undefined) ?? outcome.outsideId;
  const answer = said.said === 'done' ? said : outcome;
  const latencyMs = wholeMs(outcome.latencyMs);
  const common = { ...(outsideId !== undefined && { outsideId }), latencyMs, usedMicroUsd: tool.cost, tries: said.said === 'done' ? triesOf(open) : triesSoFar(open) };
  if (outcome.faults.length > 0) return diverged(open, outcome.faults, common);
  return {
    type: 'countersign.action.verified',
    ...placeOf(open),
    data: { ...ofAttempt(open), ...common, found: outcome.sha256, ...(answer.result && { result: answer.result }), ...('blob' in answer && answer.blob && { blob: answer.blob }) },
  };
};

/** The tool said done, and its effect is not there, or cannot be looked at. */
const unconfirmed = (open: OpenGrant, tool: ToolContract, said: Extract<Said, { said: 'done' }>, outcome: Exclude<ReadBackOutcome, { kind: 'found' }>): Output => {
  const latencyMs = wholeMs(outcome.latencyMs);
  if (outcome.kind === 'unanswered') return { type: 'countersign.action.unknown', ...placeOf(open), data: { ...ofAttempt(open), code: UNVERIFIED, latencyMs, resolving: false, readBack: false, tries: triesOf(open), evidence: evidenceOf(open, open.calls, outcome.looks) } };
  return diverged(open, [{ pointer: '', message: 'nothing was found' }], { ...(said.outsideId !== undefined && { outsideId: said.outsideId }), latencyMs, usedMicroUsd: tool.cost, tries: triesOf(open) });
};

/** Nobody knew, and looking did not tell: that nothing was found proves nothing, because the call may still be on its way. */
const unresolved = (open: OpenGrant, tool: ToolContract, said: Extract<Said, { said: 'nothing' }>, outcome: Exclude<ReadBackOutcome, { kind: 'found' }>, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const repeat = repeatOf(open, tool, open.spent, { shut: shutUntil(open, state, context.now) }, state, context);
  if (repeat.may && said.code !== ANSWER_INVALID && said.code !== KILLED) return [goOn(open, tool, repeat, true, context)];
  const evidence = evidenceOf(open, open.calls, outcome.looks);
  return [{ type: 'countersign.action.unknown', ...placeOf(open), data: { ...ofAttempt(open), code: said.code, latencyMs: wholeMs(outcome.latencyMs), resolving: false, readBack: false, tries: triesSoFar(open), evidence } }];
};
