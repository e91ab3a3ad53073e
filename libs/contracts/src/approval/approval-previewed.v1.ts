import type { Sha256 } from '@countersign/kernel';
import { IsPart, IsSha256, IsText } from '../values/decorators.js';
import { Preview } from '../values/preview.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What people are shown from now on, and what their yes binds; once for each approval that was asked for with `preview: pending`. */
export class ApprovalPreviewedV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsPart(() => Preview) preview!: Preview;
}

export const approvalPreviewedV1 = defineEvent({
  type: 'countersign.approval.previewed',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalPreviewedV1,
  sample: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, preview: SAMPLE.preview },
});
