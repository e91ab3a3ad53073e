import type { Principal } from '@countersign/kernel';
import { IsCode, IsPart, IsPrincipal, IsText, Optional } from '../values/decorators.js';
import { Via } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What a person signed about a question does not count. The first cause is what was said. */
export class AnswerRefusedV1 {
  @IsText(64) escalation!: string;
  /** Who signed it, and is told. */
  @IsPrincipal() by!: Principal;
  /** Who pressed it in Slack, and is told there; absent where the person signed. */
  @Optional() @IsPart(() => Via) via?: Via;
  @IsCode() code!: string;
  @IsText(500) message!: string;
}

export const answerRefusedV1 = defineEvent({
  type: 'countersign.run.answer-refused',
  version: 1,
  topic: 'proposals',
  dataClass: AnswerRefusedV1,
  sample: { escalation: SAMPLE.approval, by: SAMPLE.person, code: 'escalation.not-open', message: 'the question is answered, or was never asked' },
});
