import type { Verdict } from '@countersign/domain';
import { EFFECTS } from './verdict-text.js';

type Effect = Verdict['effect'];

/** A call that two configurations decide differently. */
export interface Change {
  readonly tool: string;
  readonly tenant: string;
  readonly workflow: string;
  /** What tells the call apart: attributes and facts, or the run and step it was made in. */
  readonly call: string;
  readonly before: Verdict;
  readonly after: Verdict;
}

/** As many as a person looks at; the rest is counted. */
export const MOST_LISTED = 100;

const NONE: Readonly<Record<Effect, number>> = { allow: 0, ask: 0, deny: 0 };

/** Verdicts before and after, counted; of those that differ some are kept. Memory does not grow with the number of calls. */
export class Changes {
  readonly #counts: Record<Effect, Record<Effect, number>> = { allow: { ...NONE }, ask: { ...NONE }, deny: { ...NONE } };
  readonly #listed: Record<Effect, Change[]> = { allow: [], ask: [], deny: [] };

  /** `call` is asked for only where it is kept. */
  add(before: Verdict, after: Verdict, call: () => Omit<Change, 'before' | 'after'>): void {
    this.#counts[before.effect][after.effect] += 1;
    const listed = this.#listed[after.effect];
    if (before.effect !== after.effect && listed.length < MOST_LISTED) listed.push({ ...call(), before, after });
  }

  /** From what was before to what is after. */
  get counts(): Readonly<Record<Effect, Readonly<Record<Effect, number>>>> {
    return this.#counts;
  }

  get decided(): number {
    return EFFECTS.reduce((sum, before) => sum + EFFECTS.reduce((row, after) => row + this.#counts[before][after], 0), 0);
  }

  get changed(): number {
    return EFFECTS.reduce((sum, after) => sum + this.newly(after), 0);
  }

  /** How many have this effect now and had another before. */
  newly(after: Effect): number {
    return EFFECTS.reduce((sum, before) => (before === after ? sum : sum + this.#counts[before][after]), 0);
  }

  /** Some of them. */
  listed(after: Effect): readonly Change[] {
    return this.#listed[after];
  }
}
