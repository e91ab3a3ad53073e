import { IsIn } from 'class-validator';
import { IsPart, Optional } from '../values/decorators.js';
import { Amounts, Tries } from '../values/amounts.js';
import { OfGrant } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A grant has come to its end: what it reserved is free, what it used is counted in the periods in which it was reserved. */
export class BudgetSettledV1 extends OfGrant {
  @IsIn(['succeeded', 'failed', 'unknown', 'refused']) outcome!: 'succeeded' | 'failed' | 'unknown' | 'refused';
  @IsPart(() => Amounts) reserved!: Amounts;
  @IsPart(() => Amounts) used!: Amounts;
  /** Absent where the tool was not called, and where nobody knows. */
  @Optional() @IsPart(() => Tries) tries?: Tries;
}

export const budgetSettledV1 = defineEvent({
  type: 'countersign.budget.settled',
  version: 1,
  topic: 'decisions',
  dataClass: BudgetSettledV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    outcome: 'succeeded',
    reserved: { ...SAMPLE.used, retries: 2 },
    used: SAMPLE.used,
    tries: { calls: 1, errors: 0 },
  },
});
