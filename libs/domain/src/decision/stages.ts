import { minutes, timestamp, type Instant, type Millis } from '@countersign/kernel';
import type { QuestionContext } from './decision-context.js';
import type { Verdict } from './verdict.js';

/** Whoever has less time than this to answer is not reminded, unless the rule says so: it would come with the question. */
const SHORTEST_REMINDED = minutes(10);

/** Where the rule does not say: after half of the time people are reminded, and with a quarter of it left others are asked besides. */
const REMIND_AFTER = 1 / 2;
const ESCALATE_AFTER = 3 / 4;

interface StagesOfQuestion {
  readonly remindAt?: string;
  readonly escalateAt?: string;
  readonly escalateTo?: string[];
}

/** When people are reminded and who is asked besides, of a question that expires at `deadline`. What would come after that does not come. */
export const stagesOf = ({ remind, escalate, escalateTo }: Pick<Extract<Verdict, { readonly effect: 'ask' }>, 'remind' | 'escalate' | 'escalateTo'>, deadline: Instant, { now, controls }: Pick<QuestionContext, 'now' | 'controls'>): StagesOfQuestion => {
  const time = deadline - now;
  const at = (given: Millis | undefined, share: number): string | undefined => {
    const after = given ?? (time < SHORTEST_REMINDED ? time : Math.round(time * share));
    return after < time ? timestamp((now + after) as Instant) : undefined;
  };
  const fallback = escalateTo ?? controls.active?.approvers?.document.fallback ?? [];
  const remindAt = at(remind, REMIND_AFTER);
  if (fallback.length === 0) return remindAt === undefined ? {} : { remindAt };
  const escalateAt = at(escalate, ESCALATE_AFTER);
  return { ...(remindAt !== undefined && { remindAt }), ...(escalateAt !== undefined && { escalateAt }), escalateTo: [...fallback] };
};
