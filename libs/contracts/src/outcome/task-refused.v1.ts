import { IsCode, IsParts, IsText, Optional } from '../values/decorators.js';
import { Fault } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The door did not admit a record; `faults` name the places. */
export class TaskRefusedV1 {
  /** Absent where the record was too broken to tell. */
  @Optional() @IsText(200) task?: string;
  /** Absent where the record was too broken to tell. */
  @Optional() @IsText(200) source?: string;
  @IsCode() code!: string;
  @IsText() message!: string;
  @IsParts(() => Fault) faults!: Fault[];
}

export const taskRefusedV1 = defineEvent({
  type: 'countersign.task.refused',
  version: 1,
  topic: 'outcomes',
  dataClass: TaskRefusedV1,
  sample: {
    ...SAMPLE.task,
    code: 'input.invalid',
    message: 'the input breaks its schema',
    faults: [{ pointer: '/amount_cents', message: 'must be integer' }],
  },
});
