import { IsPart, IsText, IsTimestamp } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import { Preview } from '../values/preview.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What an action would do, or why nobody can say: one for each preview grant. `jti` is that of the preview grant. */
export class ActionPreviewedV1 extends OfGrant {
  @IsText(64) approval!: string;
  @IsPart(() => Preview) preview!: Preview;
  /** The run's: what was shown is remembered until then. */
  @IsTimestamp() runDeadline!: string;
}

export const actionPreviewedV1 = defineEvent({
  type: 'countersign.action.previewed',
  version: 1,
  topic: 'executions',
  dataClass: ActionPreviewedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    approval: SAMPLE.approval,
    preview: SAMPLE.preview,
    runDeadline: '2026-01-02T04:04:05.000Z',
  },
});
