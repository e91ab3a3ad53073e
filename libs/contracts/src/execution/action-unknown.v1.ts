import { IsFlag } from '../values/decorators.js';
import { Fruitless } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Nobody knows whether the effect is there. It is neither a failure nor a denial. */
export class ActionUnknownV1 extends Fruitless {
  /** The same key is sent again, or the effect is looked for; otherwise this event ends the grant and a person has to look. */
  @IsFlag() resolving!: boolean;
  /** The effect is looked for; otherwise, where `resolving`, another attempt follows. */
  @IsFlag() readBack!: boolean;
}

export const actionUnknownV1 = defineEvent({
  type: 'countersign.action.unknown',
  version: 1,
  topic: 'executions',
  dataClass: ActionUnknownV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    attempt: 1,
    code: 'TOOL_TIMEOUT',
    latencyMs: 5000,
    resolving: true,
    readBack: false,
  },
});
