import type { Sha256 } from '@countersign/kernel';
import { ConfigFile } from '../values/config-file.js';
import { defineEvent } from '../define-event.js';

/** A file of policy rules. */
export class PolicyPublishedV1 extends ConfigFile {}

export const policyPublishedV1 = defineEvent({
  type: 'countersign.policy.published',
  version: 1,
  topic: 'controls',
  dataClass: PolicyPublishedV1,
  sample: { id: 'refunds', version: 1, hash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, path: 'refunds.yaml', body: { id: 'refunds' } },
});
