import { formatUsd, microUsd, MICRO_PER_USD } from '@countersign/kernel';
import type { AttributeValue } from '@countersign/policy-engines';

/** Attributes in dollars, which are compared in cents, and only they end so. */
const MONEY_SUFFIX = '_usd';
const MICRO_PER_CENT = MICRO_PER_USD / 100;

/** A value of an attribute as a rule would write it. */
export const attributeText = (attribute: string, value: AttributeValue): string => {
  if (typeof value === 'string') return `\`${value}\``;
  return attribute.endsWith(MONEY_SUFFIX) ? formatUsd(microUsd(value * MICRO_PER_CENT)) : String(value);
};
