import type { Sha256 } from '@countersign/kernel';
import { ConfigFile } from '../values/config-file.js';
import { defineEvent } from '../define-event.js';

/** An agent contract. */
export class ContractPublishedV1 extends ConfigFile {}

export const contractPublishedV1 = defineEvent({
  type: 'countersign.contract.published',
  version: 1,
  topic: 'controls',
  dataClass: ContractPublishedV1,
  sample: { id: 'refund-desk', version: 1, hash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, path: 'refund-desk.yaml', body: { id: 'refund-desk' } },
});
