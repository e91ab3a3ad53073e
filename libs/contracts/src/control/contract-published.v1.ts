import { ConfigFile } from '../values/config-file.js';
import { sampleFile } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** An agent contract. */
export class ContractPublishedV1 extends ConfigFile {}

export const contractPublishedV1 = defineEvent({
  type: 'countersign.contract.published',
  version: 1,
  topic: 'controls',
  dataClass: ContractPublishedV1,
  sample: sampleFile('refund-desk'),
});
