import type { BlobRef } from '@countersign/contracts';
import type { JsonObject } from '@countersign/kernel';
import type { DocumentFault } from '../config/document.js';
import { KILLED } from '../reason-codes.js';
import { ANSWER_INVALID, INTERRUPTED, REDIRECTED, TIMED_OUT } from './constants.js';
import type { CallOutcome } from './execution-context.js';

/** What a call says of the effect. */
export type CallMeaning =
  | { readonly effect: 'done'; readonly result?: JsonObject; readonly blob?: BlobRef; readonly outsideId?: string }
  /** Done, and more of it than was decided on. */
  | { readonly effect: 'exceeded'; readonly faults: readonly DocumentFault[]; readonly outsideId?: string }
  /** There is no effect; `again`: the same call may fare better. */
  | { readonly effect: 'none'; readonly code: string; readonly again: boolean }
  /** There may be one. */
  | { readonly effect: 'unknown'; readonly code: string; readonly again: boolean };

/** Refused for now, before anything was done: too early, too many, or the request never came in whole. */
export const isTurnedAway = (status: number): boolean => status === 408 || status === 425 || status === 429;

export const classifyCall = (outcome: CallOutcome, effect: 'read' | 'write'): CallMeaning => {
  // A read that nobody knows the end of has changed nothing.
  const unclear = (code: string, again = true): CallMeaning => ({ effect: effect === 'read' ? 'none' : 'unknown', code, again });
  switch (outcome.kind) {
    case 'answered':
      return classifyAnswer(outcome, unclear);
    case 'not-sent':
      return { effect: 'none', code: outcome.code, again: outcome.final !== true };
    case 'refused':
      return { effect: 'none', code: outcome.code, again: false };
    case 'timeout':
      return unclear(TIMED_OUT);
    case 'broken':
      // Who broke it off themselves do not call again.
      return unclear(outcome.code, outcome.code !== KILLED);
    case 'interrupted':
      return unclear(INTERRUPTED);
  }
};

const classifyAnswer = (outcome: Extract<CallOutcome, { kind: 'answered' }>, unclear: (code: string, again?: boolean) => CallMeaning): CallMeaning => {
  const { status, faults, exceeded = [], result, blob, outsideId } = outcome;
  const code = `http.${status}`;
  if (status >= 200 && status < 300) {
    // The same call would bring the same answer.
    if (faults.length > 0) return unclear(ANSWER_INVALID, false);
    if (exceeded.length > 0) return { effect: 'exceeded', faults: exceeded, ...(outsideId !== undefined && { outsideId }) };
    return { effect: 'done', ...(result && { result }), ...(blob && { blob }), ...(outsideId !== undefined && { outsideId }) };
  }
  if (isTurnedAway(status)) return { effect: 'none', code, again: true };
  if (status >= 400 && status < 500) return { effect: 'none', code, again: false };
  // 5xx can come after the work was done, and a redirect, which is never followed, after a write often does.
  return status >= 500 ? unclear(code) : unclear(status >= 300 ? REDIRECTED : code, false);
};
