import { IsIn, Matches } from 'class-validator';
import type { KeyId } from '@countersign/kernel';
import { IsKeyId, Optional } from '../values/decorators.js';
import { SERVICES, type Service } from '../flow.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** From here on this key may sign for the service. */
export class KeyAnnouncedV1 {
  @IsIn(SERVICES) service!: Service;
  @IsKeyId() key!: KeyId;
  /** Raw Ed25519 public key, base64url. */
  @Matches(/^[A-Za-z0-9_-]{43}$/) publicKey!: string;
  /** Raw X25519 public key, base64url: what only the holder of this key may read is encrypted to it. Absent: nothing can be. */
  @Optional() @Matches(/^[A-Za-z0-9_-]{43}$/) encryptionKey?: string;
}

export const keyAnnouncedV1 = defineEvent({
  type: 'countersign.key.announced',
  version: 1,
  topic: 'controls',
  dataClass: KeyAnnouncedV1,
  sample: { service: 'policy', key: SAMPLE.key, publicKey: SAMPLE.publicKey },
});
