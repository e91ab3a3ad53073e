import { IsIn } from 'class-validator';
import type { JsonObject, MicroUsd, StepId } from '@countersign/kernel';
import { IsCount, IsJson, IsPart, Optional } from '../values/decorators.js';
import { BlobRef, SideEffect } from '../values/parts.js';
import { defineEvent } from '../define-event.js';

/** The planner saw the end of a step while the run goes on: its state is a fold of its own events alone. */
export class StepObservedV1 {
  @IsIn(['succeeded', 'skipped']) outcome!: 'succeeded' | 'skipped';
  /** The tool's result, for the arguments of later steps; absent for a skipped step and where `blob` stands. */
  @Optional() @IsJson() result?: JsonObject;
  /** In place of `result` where that is too large for an event. */
  @Optional() @IsPart(() => BlobRef) blob?: BlobRef;
  /** Absent for reads and skipped steps. */
  @Optional() @IsPart(() => SideEffect) sideEffect?: SideEffect;
  @IsCount() usedMicroUsd!: MicroUsd;
}

export const stepObservedV1 = defineEvent({
  type: 'countersign.step.observed',
  version: 1,
  topic: 'proposals',
  dataClass: StepObservedV1,
  sample: { outcome: 'succeeded', result: { status: 'paid' }, sideEffect: { step: 'refund' as StepId, tool: 'payments.refund', outsideId: 're_1', state: 'verified' }, usedMicroUsd: 0 as MicroUsd },
});
