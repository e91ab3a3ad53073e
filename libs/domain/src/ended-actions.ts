import { millis } from '@countersign/kernel';
import { digestOf, HourMemory, type FrozenHours } from '../hour-memory.js';

/**
 * Actions that have come to an end, by idempotency key, each until the time that `add` is given: from then on no grant for it can be
 * valid. Unlike `used`, which forgets a grant when it expires, this also knows a step whose grant is issued a second time.
 */
export class EndedActions extends HourMemory<string> {
  constructor(frozen: FrozenHours = []) {
    super(millis(0), digestOf, frozen);
  }
}
