import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A tool contract. */
export class ToolPublishedV1 extends ConfigFile {}

export const toolPublishedV1 = defineEvent({
  type: 'countersign.tool.published',
  version: 1,
  topic: 'controls',
  dataClass: ToolPublishedV1,
  sample: sampleFile('payments-refund'),
});
