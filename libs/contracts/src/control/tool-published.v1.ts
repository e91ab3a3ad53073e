import type { Sha256 } from '@countersign/kernel';
import { ConfigFile } from '../values/config-file.js';
import { defineEvent } from '../define-event.js';

/** A tool contract. */
export class ToolPublishedV1 extends ConfigFile {}

export const toolPublishedV1 = defineEvent({
  type: 'countersign.tool.published',
  version: 1,
  topic: 'controls',
  dataClass: ToolPublishedV1,
  sample: { id: 'payments-refund', version: 1, hash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, path: 'payments-refund.yaml', body: { id: 'payments-refund' } },
});
