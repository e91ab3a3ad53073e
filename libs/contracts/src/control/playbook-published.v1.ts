import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A playbook of the planner. */
export class PlaybookPublishedV1 extends ConfigFile {}

export const playbookPublishedV1 = defineEvent({
  type: 'countersign.playbook.published',
  version: 1,
  topic: 'controls',
  dataClass: PlaybookPublishedV1,
  sample: sampleFile('refund'),
});
