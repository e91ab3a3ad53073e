import type { Sha256 } from '@countersign/kernel';
import { IsOffset, IsPart, IsParts, IsSha256 } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Policy said no. It is data, not an error. */
export class ActionDeniedV1 {
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => Reason) reasons!: Reason[];
  @IsSha256() policySet!: Sha256;
  @IsOffset() controlEpoch!: number;
}

export const actionDeniedV1 = defineEvent({
  type: 'countersign.action.denied',
  version: 1,
  topic: 'decisions',
  dataClass: ActionDeniedV1,
  sample: {
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    reasons: [{ rule: 'no_bulk_export', code: 'rule.forbids', message: 'rows is above 1000' }],
    policySet: SAMPLE.fileHash,
    controlEpoch: 12,
  },
});
