import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';
import type { Action } from './values/action.js';

/** What planner, policy, approvals and executor each compute themselves, and what votes bind: SHA-256 of the canonical action. */
export const actionHashOf = (action: Action): Sha256 => sha256(canonicalJson(action));
