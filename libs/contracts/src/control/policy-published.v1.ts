import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A file of policy rules. */
export class PolicyPublishedV1 extends ConfigFile {}

export const policyPublishedV1 = defineEvent({
  type: 'countersign.policy.published',
  version: 1,
  topic: 'controls',
  dataClass: PolicyPublishedV1,
  sample: sampleFile('refunds'),
});
