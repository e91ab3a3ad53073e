import type { Sha256 } from '@countersign/kernel';
import { ConfigFile } from '../values/config-file.js';
import { defineEvent } from '../define-event.js';

/** The directory of people who may approve. */
export class ApproversPublishedV1 extends ConfigFile {}

export const approversPublishedV1 = defineEvent({
  type: 'countersign.approvers.published',
  version: 1,
  topic: 'controls',
  dataClass: ApproversPublishedV1,
  sample: { id: 'approvers', version: 1, hash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, path: 'approvers.yaml', body: { id: 'approvers' } },
});
