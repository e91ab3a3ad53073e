import { IsIn } from 'class-validator';
import { IsCount, IsText, Optional } from '../values/decorators.js';
import { LIMIT_ACTIONS, LIMIT_NAMES, LIMIT_SCOPES, type LimitAction, type LimitName, type LimitScope } from '../values/vocabulary.js';
import { defineEvent } from '../define-event.js';

/** For the first time something would have passed a limit of a run, a day or a month. It was not granted. */
export class BudgetExhaustedV1 {
  @IsIn(LIMIT_NAMES) limit!: LimitName;
  @IsIn(LIMIT_SCOPES) scope!: LimitScope;
  /** `2026-11-28` or `2026-11`; absent for a run. */
  @Optional() @IsText(10) period?: string;
  /** In micro-USD for `usd`, in milliseconds for `wall-clock`; the others are counts. What people let go over the limit is part of it. */
  @IsCount() cap!: number;
  @IsCount() used!: number;
  /** By grants that have not ended. */
  @IsCount() reserved!: number;
  /** What the action would have taken. */
  @IsCount() wanted!: number;
  /** What the agent contract says happens now. */
  @IsIn(LIMIT_ACTIONS) then!: LimitAction;
}

export const budgetExhaustedV1 = defineEvent({
  type: 'countersign.budget.exhausted',
  version: 1,
  topic: 'decisions',
  dataClass: BudgetExhaustedV1,
  sample: { limit: 'usd', scope: 'day', period: '2026-01-02', cap: 80_000, used: 76_000, reserved: 4_000, wanted: 2_000, then: 'stop' },
});
