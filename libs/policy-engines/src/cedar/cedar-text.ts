import { CountersignError } from '@countersign/kernel';
import type { Slice } from '../compiled-set.js';
import { cedarPolicies } from './cedar-policies.js';
import { cedar } from './load-cedar.js';

const LINE_WIDTH = 120;
const INDENT_WIDTH = 2;

/** What a slice is in Cedar's own language, for people: exactly the policies that decide. */
export const cedarText = (slice: Slice): string => {
  const policies = Object.values(cedarPolicies(slice)).map((policy) => {
    const answer = cedar().policyToText(policy);
    if (answer.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar cannot write a policy of \`${slice.tool}\`: ${answer.errors[0]?.message ?? 'no reason given'}`);
    return answer.text;
  });
  const answer = cedar().formatPolicies({ policyText: policies.join('\n'), lineWidth: LINE_WIDTH, indentWidth: INDENT_WIDTH });
  if (answer.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar cannot format the policies of \`${slice.tool}\`: ${answer.errors[0]?.message ?? 'no reason given'}`);
  return answer.formatted_policy;
};
