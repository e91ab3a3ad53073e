import { IsFlag } from '../values/decorators.js';
import { Fruitless } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The tool said no: there is no effect. */
export class ActionFailedV1 extends Fruitless {
  /** Another attempt under the same grant follows; otherwise this event ends the grant. */
  @IsFlag() retrying!: boolean;
}

export const actionFailedV1 = defineEvent({
  type: 'countersign.action.failed',
  version: 1,
  topic: 'executions',
  dataClass: ActionFailedV1,
  sample: { jti: SAMPLE.jti, actionHash: SAMPLE.actionHash, attempt: 1, code: 'http.409', latencyMs: 9, retrying: false },
});
