import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Where what happens to approvals is told: an endpoint outside, and which events it gets. */
export class WebhookPublishedV1 extends ConfigFile {}

export const webhookPublishedV1 = defineEvent({
  type: 'countersign.webhook.published',
  version: 1,
  topic: 'controls',
  dataClass: WebhookPublishedV1,
  sample: sampleFile('ops-chat'),
});
