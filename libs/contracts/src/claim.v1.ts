import type { KeyId } from '@countersign/kernel';
import { IsKeyId, IsOffset, IsText } from './values/decorators.js';
import { SAMPLE } from './values/samples.js';

/**
 * Ownership of a partition, written to the owner's output topic. The acked offset of the claim is the writer epoch.
 * Claims form a chain: each names the epoch that it ends (`after`), so a claim counts once, a late one is void by itself,
 * and taking a partition over is a compare-and-swap on the log.
 */
export class ClaimV1 {
  /** Kafka member id, and the id of the process. */
  @IsText(200) member!: string;
  @IsText(100) instance!: string;
  @IsText(64) nonce!: string;
  /** The only key that is valid in this epoch. */
  @IsKeyId() key!: KeyId;
  /** The epoch that this claim ends: the offset of the newest valid claim before it, or -1 for the first. */
  @IsOffset() after!: number;
}

export const CLAIM_SAMPLE: ClaimV1 = { member: 'policy-1', instance: 'EEEEEEEE', nonce: 'FFFFFFFFFFFFFFFFFFFFFF', key: SAMPLE.key, after: -1 };
