import type { KeyId } from '@countersign/kernel';
import { IsKeyId } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** From here on this key signs nothing. */
export class KeyRetiredV1 {
  @IsKeyId() key!: KeyId;
}

export const keyRetiredV1 = defineEvent({
  type: 'countersign.key.retired',
  version: 1,
  topic: 'controls',
  dataClass: KeyRetiredV1,
  sample: { key: SAMPLE.key },
});
