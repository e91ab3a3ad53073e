import { canonicalJson } from '@countersign/kernel';
import type { PolicyRule } from '../../config/policy-file.js';

/** What rules read of a contract or of a directory. Where they do, less can be more: a rule on known places stops fewer calls once fewer are known. */
export interface SpokenOf {
  readonly stage: boolean;
  readonly origin: boolean;
}

/** A rule on unknown places stops more calls the fewer are known, so it turns nothing around. */
const UNKNOWN = new Set(['"unknown"', '["unknown"]']);

export const spokenOf = (rules: readonly PolicyRule[]): SpokenOf => ({
  stage: rules.some(({ if: conditions }) => conditions['stage'] !== undefined),
  origin: rules.some(({ if: conditions }) => conditions['origin'] !== undefined && !UNKNOWN.has(canonicalJson(conditions['origin']))),
});
