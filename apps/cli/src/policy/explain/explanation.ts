import type { Verdict } from '@countersign/domain';
import type { CompiledSet } from '@countersign/policy-engines';
import type { Judgement } from '../judge.js';
import { explainSlice, type SliceFinding } from './explain-statements.js';
import { forAllow } from './for-allow.js';

/** Why a call is decided as it is. */
export interface Explanation {
  readonly tool: string;
  readonly tenant: string;
  readonly workflow: string;
  /** When it is, or was, decided; RFC 3339. */
  readonly at: string;
  /** Under which configuration: a folder, `in force`, or a version. */
  readonly under: string;
  readonly policySet: string;
  readonly verdict: Verdict;
  /** Of a past action: what was recorded. */
  readonly recorded?: Verdict;
  /** Absent where the call was denied before rules were looked at. */
  readonly slice?: SliceFinding;
  readonly forAllow: readonly string[];
}

export const explanationOf = (about: Pick<Explanation, 'tool' | 'tenant' | 'workflow' | 'at' | 'under' | 'recorded'>, set: CompiledSet, { verdict, question, request }: Judgement): Explanation => {
  const slice = question && request ? explainSlice(set, request, question) : undefined;
  const parts = question && { tool: question.tool.document, contract: question.contract.document };
  return { ...about, policySet: set.hash, verdict, ...(slice && { slice }), forAllow: forAllow(verdict, slice, parts) };
};
