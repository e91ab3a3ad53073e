import { IsCount } from '../values/decorators.js';
import { OfStop } from '../values/stop.js';
import { defineEvent } from '../define-event.js';

/** New work of the scope may go on. What the kill ended stays ended. */
export class KillSwitchLiftedV1 extends OfStop {
  /** Offset of the `kill-switch.set` that it lifts, so that nobody can lift a later one with it. */
  @IsCount() lifts!: number;
}

export const killSwitchLiftedV1 = defineEvent({
  type: 'countersign.kill-switch.lifted',
  version: 1,
  topic: 'controls',
  dataClass: KillSwitchLiftedV1,
  sample: { scope: 'tenant', value: 'acme', reason: 'the address book was repaired', lifts: 57 },
});
