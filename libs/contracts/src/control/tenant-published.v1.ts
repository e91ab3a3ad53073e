import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What is known of a tenant: its directory, and its cap. */
export class TenantPublishedV1 extends ConfigFile {}

export const tenantPublishedV1 = defineEvent({
  type: 'countersign.tenant.published',
  version: 1,
  topic: 'controls',
  dataClass: TenantPublishedV1,
  sample: sampleFile('acme'),
});
