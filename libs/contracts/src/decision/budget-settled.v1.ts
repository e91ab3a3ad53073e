import { IsIn } from 'class-validator';
import type { MicroUsd } from '@countersign/kernel';
import { IsCount } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A grant has come to its end: what it reserved is free, what it used is counted. */
export class BudgetSettledV1 extends OfGrant {
  @IsIn(['succeeded', 'failed', 'unknown', 'refused']) outcome!: 'succeeded' | 'failed' | 'unknown' | 'refused';
  @IsCount() reservedMicroUsd!: MicroUsd;
  @IsCount() usedMicroUsd!: MicroUsd;
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
    reservedMicroUsd: 0 as MicroUsd,
    usedMicroUsd: 0 as MicroUsd,
  },
});
