import type { Json, StepId } from '@countersign/kernel';

/** All of its steps may be skipped at once, and every one of them is an event of the same append. */
export const MAX_PLAYBOOK_STEPS = 100;

/** A plan that a person wrote: its runs propose these steps and no others. */
export interface Playbook {
  readonly id: string;
  readonly version: number;
  /** In order. A step can only speak of steps before it, so there are no circles. */
  readonly steps: readonly PlaybookStep[];
  /** What was done is undone, newest first, where the run ends badly; absent: it stands. */
  readonly onFailure?: 'compensate';
}

export interface PlaybookStep {
  readonly id: StepId;
  /** Name of the tool. */
  readonly tool: string;
  /**
   * Steps that must have ended before this one is proposed, besides those whose results it uses.
   * Absent: a write waits for every step before it, a read for every write before it.
   */
  readonly after?: readonly StepId[];
  /** The step is skipped where this does not hold; absent: it always holds. */
  readonly when?: Condition;
  readonly args: Readonly<Record<string, ValueSource>>;
  /** A person is asked before the step is proposed; absent: nobody is. */
  readonly ask?: StepQuestion;
}

/** Where a playbook is not sure enough. The person's yes is no grant: the step is proposed, and decided like any other. */
export interface StepQuestion {
  /** It is asked where this holds; absent: always. */
  readonly when?: Condition;
  readonly question: string;
}

/**
 * Where a value comes from. Pointers are RFC 6901; a value that is not there is left out of the arguments (the tool's schema says
 * whether that is a fault). Placeholders of a template are `{task:/pointer}` and `{step:/pointer}` with the id of a step.
 */
export type ValueSource =
  | { readonly from: 'task'; readonly pointer: string }
  | { readonly from: 'step'; readonly step: StepId; readonly pointer: string }
  | { readonly from: 'value'; readonly value: Json }
  | { readonly from: 'template'; readonly text: string };

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | ValueTest;

/** Every test but `exists: false` fails for a value that is not there, and for one of another type. */
export interface ValueTest {
  readonly of: ValueSource;
  readonly test:
    | { readonly op: 'equals'; readonly value: Json }
    | { readonly op: 'in'; readonly values: readonly Json[] }
    | { readonly op: 'exists'; readonly value: boolean }
    | { readonly op: 'greater' | 'at-least' | 'less' | 'at-most'; readonly value: number }
    /** Text in a text, without regard to case; or an item of a list. */
    | { readonly op: 'contains'; readonly value: string };
}
