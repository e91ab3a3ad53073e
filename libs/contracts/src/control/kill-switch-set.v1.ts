import { OfStop } from '../values/stop.js';
import { defineEvent } from '../define-event.js';

/** What is in the scope ends: nothing of it is granted, grants older than this are refused, calls under way are broken off. */
export class KillSwitchSetV1 extends OfStop {}

export const killSwitchSetV1 = defineEvent({
  type: 'countersign.kill-switch.set',
  version: 1,
  topic: 'controls',
  dataClass: KillSwitchSetV1,
  sample: { scope: 'tenant', value: 'acme', reason: 'refunds go to the wrong customers' },
});
