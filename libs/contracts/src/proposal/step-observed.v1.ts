import { IsIn } from 'class-validator';
import type { JsonObject, MicroUsd } from '@countersign/kernel';
import { IsCount, IsJson, IsPart, IsText, Optional } from '../values/decorators.js';
import { BlobRef, SideEffect, Undo } from '../values/parts.js';
import { RUN_ESCALATION_REASONS, STEP_OUTCOMES, type RunEscalationReason, type StepOutcome } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The planner saw the end of a step while the run goes on: its state is a fold of its own events alone. */
export class StepObservedV1 {
  /** Anything but `succeeded` and `skipped` makes the run end with this outcome once the other steps under way have ended. */
  @IsIn(STEP_OUTCOMES) outcome!: StepOutcome;
  /** Absent for `succeeded` and `skipped`. */
  @Optional() @IsText() reason?: string;
  /** The tool's result, for the arguments of later steps; absent for every other outcome and where `blob` stands. */
  @Optional() @IsJson() result?: JsonObject;
  /** In place of `result` where that is too large for an event. */
  @Optional() @IsPart(() => BlobRef) blob?: BlobRef;
  /** Absent for reads and skipped steps. */
  @Optional() @IsPart(() => SideEffect) sideEffect?: SideEffect;
  /** What would undo it; absent where its tool contract names nothing, and where that has no room here. */
  @Optional() @IsPart(() => Undo) undo?: Undo;
  /** What a person could be asked about it; absent where there is nothing to ask. */
  @Optional() @IsIn(RUN_ESCALATION_REASONS) asks?: RunEscalationReason;
  @IsCount() usedMicroUsd!: MicroUsd;
}

export const stepObservedV1 = defineEvent({
  type: 'countersign.step.observed',
  version: 1,
  topic: 'proposals',
  dataClass: StepObservedV1,
  sample: { outcome: 'succeeded', result: { status: 'paid' }, sideEffect: SAMPLE.sideEffect, undo: { tool: 'payments.refund.reverse', args: { refund: 're_1' }, until: '2026-01-02T04:04:05.000Z' }, usedMicroUsd: 0 as MicroUsd },
});
