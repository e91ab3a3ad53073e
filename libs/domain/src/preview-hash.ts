import type { Preview } from '@countersign/contracts';
import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';

/** What votes bind of what was shown. Whoever shows it, votes on it or counts a vote computes it themselves. */
export const previewHashOf = ({ kind, changes, more }: Pick<Preview, 'kind' | 'changes' | 'more'>): Sha256 => sha256(canonicalJson({ kind, changes, more }));
