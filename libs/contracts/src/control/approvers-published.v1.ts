import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The directory of people who may approve. */
export class ApproversPublishedV1 extends ConfigFile {}

export const approversPublishedV1 = defineEvent({
  type: 'countersign.approvers.published',
  version: 1,
  topic: 'controls',
  dataClass: ApproversPublishedV1,
  sample: sampleFile('approvers'),
});
