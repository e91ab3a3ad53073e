import { IsInt, IsString, Matches, MaxLength, Min } from 'class-validator';
import type { KeyId } from '@countersign/kernel';

/**
 * Ownership of a partition, written to the owner's output topic. The acked offset of the claim is the writer epoch.
 * Claims form a chain: each names the epoch that it ends (`after`), so a claim counts once, a late one is void by itself,
 * and taking a partition over is a compare-and-swap on the log.
 */
export class ClaimV1 {
  /** Kafka member id, and the id of the process. */
  @IsString() @MaxLength(200) member!: string;
  @IsString() @MaxLength(100) instance!: string;
  @IsString() @MaxLength(64) nonce!: string;
  /** The only key that is valid in this epoch. */
  @Matches(/^[0-9a-f]{16}$/) key!: KeyId;
  /** The epoch that this claim ends: the offset of the newest valid claim before it, or -1 for the first. */
  @IsInt() @Min(-1) after!: number;
}

export const CLAIM_TYPE = 'countersign.claim';
export const CLAIM_VERSION = 1;

export const CLAIM_SAMPLE: ClaimV1 = { member: 'policy-1', instance: 'EEEEEEEE', nonce: 'FFFFFFFFFFFFFFFFFFFFFF', key: '0123456789abcdef' as KeyId, after: -1 };
