import type { Action } from '@countersign/contracts';
import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';

/** What proposals, decisions, votes and grants bind. Every step computes it from the action and believes nobody's. */
export const actionHashOf = (action: Action): Sha256 => sha256(canonicalJson(action));
