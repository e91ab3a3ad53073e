import { ArrayNotEmpty, IsArray, IsIn } from 'class-validator';
import type { Sha256, StepId } from '@countersign/kernel';
import { IsName, IsParts, IsSha256, IsText, IsTexts, IsTimestamp, IsTool, Optional } from '../values/decorators.js';
import { Stages } from '../values/amounts.js';
import { ANSWER_CHOICES, RUN_ESCALATION_REASONS, RUN_OUTCOMES, type AnswerChoice, type RunEscalationReason, type RunOutcome } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** An event that a person should look at. */
export class EventEvidence {
  @IsText(64) id!: string;
  /** Of its bytes on the log. */
  @IsSha256() sha256!: Sha256;
}

/** A value that neither the task nor a result gives. */
export class MissingField {
  /** Name of the argument that it is for. */
  @IsText(120) name!: string;
  /** Where it would have come from: `task:/pointer`, or a step and a pointer into its result. */
  @IsText(300) field!: string;
  /** What the tool takes, as JSON Schema names types; empty where its schema does not say. */
  @IsTexts(20) types!: string[];
}

/** The run goes no further by itself: a person of a role is asked, and what can be answered is a closed list. */
export class RunInputRequestedV1 extends Stages {
  @IsText(64) escalation!: string;
  @IsIn(RUN_ESCALATION_REASONS) reason!: RunEscalationReason;
  @IsName() step!: StepId;
  /** Of the step; absent where it was not known. */
  @Optional() @IsTool() tool?: string;
  @IsText() message!: string;
  /** What led to it; the event that did is this one's own cause. */
  @IsParts(() => EventEvidence) evidence!: EventEvidence[];
  @IsIn(ANSWER_CHOICES, { each: true }) @ArrayNotEmpty() @IsArray() choices!: AnswerChoice[];
  /** What an `answer` has to give, all of it and nothing else; absent for every reason but `data.missing`. */
  @Optional() @IsParts(() => MissingField) @ArrayNotEmpty() fields?: MissingField[];
  @IsName() role!: string;
  /** How the run ends where nobody answers. */
  @IsIn(RUN_OUTCOMES) otherwise!: RunOutcome;
  /** Nobody has answered until then: the run ends as if nobody had been asked. It is no later than the run's own. */
  @IsTimestamp() deadline!: string;
}

export const runInputRequestedV1 = defineEvent({
  type: 'countersign.run.input-requested',
  version: 1,
  topic: 'proposals',
  dataClass: RunInputRequestedV1,
  sample: {
    escalation: SAMPLE.approval,
    reason: 'data.missing',
    step: SAMPLE.step,
    tool: SAMPLE.action.tool,
    message: '`charge` is missing',
    evidence: [{ id: SAMPLE.jti, sha256: SAMPLE.fileHash }],
    choices: ['answer', 'stop'],
    fields: [{ name: 'charge', field: 'task:/charge', types: ['string'] }],
    role: 'support',
    escalateTo: ['finance-lead'],
    remindAt: '2026-01-02T05:04:05.000Z',
    escalateAt: '2026-01-02T06:04:05.000Z',
    otherwise: 'invalid',
    deadline: '2026-01-02T07:04:05.000Z',
  },
});
