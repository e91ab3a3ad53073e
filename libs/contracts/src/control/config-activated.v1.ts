import { IsIn } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { IsCount, IsParts, IsSha256 } from '../values/decorators.js';
import { ConfigRef } from '../values/parts.js';
import { CONFIG_KINDS, type ConfigKind } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A pinned file and what it is. */
export class ActivatedFile extends ConfigRef {
  @IsIn(CONFIG_KINDS) kind!: ConfigKind;
}

/**
 * The manifest: from here on exactly these files are in force, all at once. One that widens what is in force takes effect only where
 * the quorum of the root file has signed it; until then it waits, and the same bytes with more signatures may come again.
 */
export class ConfigActivatedV1 {
  /** Grows by one with every manifest that takes effect, also with a rollback. Any other number is void. */
  @IsCount(1) version!: number;
  /** SHA-256 over the sorted files: names the whole configuration. */
  @IsSha256() hash!: Sha256;
  @IsParts(() => ActivatedFile) files!: ActivatedFile[];
}

export const configActivatedV1 = defineEvent({
  type: 'countersign.config.activated',
  version: 1,
  topic: 'controls',
  dataClass: ConfigActivatedV1,
  sample: {
    version: 1,
    hash: SAMPLE.fileHash,
    files: [{ kind: 'contract', id: 'refund-desk', version: 1, hash: SAMPLE.fileHash }],
  },
});
