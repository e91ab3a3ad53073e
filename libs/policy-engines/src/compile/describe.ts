import { formatUsd, MICRO_PER_USD, microUsd } from '@countersign/kernel';
import type { AttributeValue } from '../attributes.js';
import { type Comparison, type FactTest, isComparison, type Test } from '../compiled-set.js';
import { MONEY_SUFFIX } from './vocabulary.js';

const WORDS = { '>': 'is above', '>=': 'is at least', '<': 'is below', '<=': 'is at most', '==': 'is', '!=': 'is not', in: 'is one of', not_in: 'is none of', matches: 'matches' } as const;

const MICRO_PER_CENT = MICRO_PER_USD / 100;

const shown = (attribute: string, value: AttributeValue): string => {
  if (typeof value === 'string') return `\`${value}\``;
  return attribute.endsWith(MONEY_SUFFIX) ? formatUsd(microUsd(value * MICRO_PER_CENT)) : String(value);
};

const compared = (comparison: Comparison): string => {
  const words = `${comparison.attribute} ${WORDS[comparison.operator]}`;
  if ('pattern' in comparison) return `${words} \`${comparison.pattern}\``;
  const values = 'values' in comparison ? comparison.values : [comparison.value];
  return `${words} ${values.map((value) => shown(comparison.attribute, value)).join(', ')}`;
};

const SUBJECTS = { taint: 'the run is', contains: 'the scan found', origin: 'the origin of a destination is', stage: 'the stage is', mode: 'the mode is' } as const;

const either = (words: readonly string[]): string => words.join(' or ');
const quoted = (words: readonly string[]): string => words.map((each) => `\`${each}\``).join(', ');

const known = (test: FactTest): string => {
  switch (test.fact) {
    case 'destination':
      return `a destination is ${test.one === 'among' ? 'one' : 'none'} of ${quoted(test.patterns)}`;
    case 'outside_window':
      return `the time is outside of ${quoted(test.windows.map(({ text }) => text))}`;
    case 'taint':
    case 'contains':
    case 'origin':
    case 'stage':
    case 'mode':
      return `${SUBJECTS[test.fact]} ${either(test.any)}`;
  }
};

const describe = (test: Test): string => (isComparison(test) ? compared(test) : known(test));

/** Enough to recognise the rule by; a decision carries several of these beside the action, within the size of one event. */
const MAX_MESSAGE = 300;

/** `amount_usd is above 100.00`: why a rule fires, for people; never what a call said. */
export const describeRule = (tool: string, when: readonly Test[]): string => {
  const text = when.length === 0 ? `the rule is about every call of \`${tool}\`` : when.map(describe).join(' and ');
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE - 1)}…`;
};
