import type { Sha256 } from '@countersign/kernel';
import { ConfigFile } from '../values/config-file.js';
import { defineEvent } from '../define-event.js';

/** A playbook of the planner. */
export class PlaybookPublishedV1 extends ConfigFile {}

export const playbookPublishedV1 = defineEvent({
  type: 'countersign.playbook.published',
  version: 1,
  topic: 'controls',
  dataClass: PlaybookPublishedV1,
  sample: { id: 'refund', version: 1, hash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, path: 'refund.yaml', body: { id: 'refund' } },
});
