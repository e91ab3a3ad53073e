import type { Sha256 } from '@countersign/kernel';
import { leafHash, treeRoot } from '@countersign/tlog';

/** Merkle root (RFC 6962) over the ids of a run's events, sorted; an auditor who has the events computes it again. */
export const eventRoot = (sortedIds: readonly string[]): Sha256 => treeRoot(sortedIds.map((id) => leafHash(Buffer.from(id)))).toString('hex') as Sha256;
