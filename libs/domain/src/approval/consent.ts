import type { Action } from '@countersign/contracts';
import { timestamp, type Instant } from '@countersign/kernel';
import { STEP_UP_TIER } from '../config/policy-file.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { Consent } from './approval-state.js';

/** A question that a consent may answer. */
export interface Consentable {
  readonly action: Pick<Action, 'tool'>;
  readonly tier: number;
  /** The tool's contract; absent where it is not known: nobody has consented to that. */
  readonly tool: Pick<ToolContract, 'reversible'> | undefined;
  /** It is about what the run may use, and no risk. */
  readonly isAboutLimits: boolean;
  /** When it is answered. */
  readonly at: Instant;
}

export interface ConsentFault {
  readonly code: 'consent.does-not-cover' | 'consent.over';
  readonly message: string;
}

/** Why a consent is no yes to a question of its run; `undefined` where it is one. Whoever gave it has to be one who may vote on it, too. */
export const consentFault = ({ tools, tier, until }: Pick<Consent, 'tools' | 'tier' | 'until'>, question: Consentable): ConsentFault | undefined => {
  if (question.at >= until) return { code: 'consent.over', message: `the consent was good until ${timestamp(until)}` };
  const covers = tools.includes(question.action.tool) && question.tier <= tier && question.tier < STEP_UP_TIER && !question.isAboutLimits;
  // What cannot be taken back is looked at each time.
  if (covers && question.tool && question.tool.reversible !== false) return undefined;
  return { code: 'consent.does-not-cover', message: 'the consent is for other tools or for less, or the action cannot be taken back' };
};
