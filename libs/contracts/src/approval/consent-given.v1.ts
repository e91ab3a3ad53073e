import { ArrayNotEmpty, IsArray, IsIn, Matches } from 'class-validator';
import { IsText, IsTimestamp } from '../values/decorators.js';
import { TOOL_PATTERN } from '../values/patterns.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person says yes beforehand to what one run may be asked about for a while. Run and person are the event's `run` and actor. */
export class ConsentGivenV1 {
  @IsText(64) consent!: string;
  /** What people call it. */
  @IsText(80) name!: string;
  /** Calls of these tools, and of no other. */
  @Matches(TOOL_PATTERN, { each: true }) @ArrayNotEmpty() @IsArray() tools!: string[];
  /** Questions of this tier at most; nobody consents beforehand to what takes a step-up. */
  @IsIn([2, 3]) tier!: 2 | 3;
  @IsTimestamp() until!: string;
}

export const consentGivenV1 = defineEvent({
  type: 'countersign.consent.given',
  version: 1,
  topic: 'ballots',
  dataClass: ConsentGivenV1,
  sample: { consent: SAMPLE.consent, name: 'returns of the outage', tools: ['payments.refund'], tier: 2, until: '2026-01-02T03:34:05.000Z' },
});
