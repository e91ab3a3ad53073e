import type { Principal } from '@countersign/kernel';
import { IsPart, IsPrincipal, IsText } from '../values/decorators.js';
import { SignedWord, StepRef } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** A person has ordered that an action is undone. The event's own run is that of the undoing. */
export class UndoOrderedV1 {
  @IsPart(() => StepRef) undoes!: StepRef;
  @IsPrincipal() by!: Principal;
  @IsText(500) reason!: string;
  /** What the person signed. */
  @IsPart(() => SignedWord) order!: SignedWord;
}

export const undoOrderedV1 = defineEvent({
  type: 'countersign.undo.ordered',
  version: 1,
  topic: 'tasks',
  dataClass: UndoOrderedV1,
  sample: { undoes: { run: SAMPLE.run, step: SAMPLE.step }, by: SAMPLE.person, reason: 'the wrong customer', order: SAMPLE_VOTE },
});
