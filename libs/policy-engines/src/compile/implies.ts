import { matchesGlob } from '@countersign/kernel';
import type { AttributeValue } from '../attributes.js';
import { type Comparison, type FactTest, isComparison, type Test } from '../compiled-set.js';

/** Reasoning about tests, for warnings only: where it cannot tell it says no. */

const satisfies = (value: AttributeValue, test: Comparison): boolean => {
  switch (test.operator) {
    case '>':
      return Number(value) > test.value;
    case '>=':
      return Number(value) >= test.value;
    case '<':
      return Number(value) < test.value;
    case '<=':
      return Number(value) <= test.value;
    case '==':
      return value === test.value;
    case '!=':
      return value !== test.value;
    case 'in':
      return test.values.includes(value);
    case 'not_in':
      return !test.values.includes(value);
    case 'matches':
      return matchesGlob(test.pattern, String(value));
  }
};

/** The only values that pass, where a test names them. */
const only = (test: Comparison): readonly AttributeValue[] | undefined => (test.operator === '==' ? [test.value] : test.operator === 'in' ? test.values : undefined);
/** The only values that do not pass, where a test names them. */
const allBut = (test: Comparison): readonly AttributeValue[] | undefined => (test.operator === '!=' ? [test.value] : test.operator === 'not_in' ? test.values : undefined);

/** The least and the greatest whole number that pass. */
const rangeOf = (test: Comparison): { readonly least: number; readonly greatest: number } => {
  const [least, greatest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  switch (test.operator) {
    case '>':
      return { least: test.value + 1, greatest };
    case '>=':
      return { least: test.value, greatest };
    case '<':
      return { least, greatest: test.value - 1 };
    case '<=':
      return { least, greatest: test.value };
    case '==':
    case '!=':
    case 'in':
    case 'not_in':
    case 'matches':
      return { least, greatest };
  }
};

const comparisonImplies = (given: Comparison, wanted: Comparison): boolean => {
  const values = only(given);
  if (values) return values.every((value) => satisfies(value, wanted));
  const excluded = allBut(wanted);
  if (excluded) return excluded.every((value) => !satisfies(value, given));
  if (given.operator === 'matches') return wanted.operator === 'matches' && matchesGlob(wanted.pattern, given.pattern);
  if (allBut(given) || only(wanted) || wanted.operator === 'matches') return false;
  const [narrow, wide] = [rangeOf(given), rangeOf(wanted)];
  return narrow.least >= wide.least && narrow.greatest <= wide.greatest;
};

const among = (some: readonly string[], all: readonly string[]): boolean => some.every((each) => all.includes(each));

const factImplies = (given: FactTest, wanted: FactTest): boolean => {
  if (given.fact === 'destination' && wanted.fact === 'destination') {
    return given.one === wanted.one && (given.one === 'among' ? among(given.patterns, wanted.patterns) : among(wanted.patterns, given.patterns));
  }
  if (given.fact === 'outside_window' && wanted.fact === 'outside_window') {
    return among(
      wanted.windows.map(({ text }) => text),
      given.windows.map(({ text }) => text),
    );
  }
  return 'any' in given && 'any' in wanted && given.fact === wanted.fact && among(given.any, wanted.any);
};

/** Whether whatever passes `given` passes `wanted` too. */
const testImplies = (given: Test, wanted: Test): boolean => {
  if (isComparison(given)) return isComparison(wanted) && given.attribute === wanted.attribute && comparisonImplies(given, wanted);
  return !isComparison(wanted) && factImplies(given, wanted);
};

/** Whether every call that passes all of `given` passes all of `wanted`. */
export const implies = (given: readonly Test[], wanted: readonly Test[]): boolean => wanted.every((test) => given.some((each) => testImplies(each, test)));

/** Amounts and counts of calls are never negative. */
const LEAST = 0;

/** Whether comparisons of one attribute leave no value. */
const contradicts = (tests: readonly Comparison[], isNumber: boolean): boolean => {
  const [finite] = tests.flatMap((test) => {
    const values = only(test);
    return values ? [values] : [];
  });
  if (finite) return !finite.some((value) => tests.every((test) => satisfies(value, test)) && (typeof value !== 'number' || value >= LEAST));
  if (!isNumber) return false;
  const ranges = tests.map(rangeOf);
  const least = Math.max(LEAST, ...ranges.map((range) => range.least));
  const greatest = Math.min(...ranges.map((range) => range.greatest));
  if (least > greatest) return true;
  const excluded = new Set(tests.flatMap((test) => allBut(test) ?? []));
  if (greatest - least >= excluded.size) return false;
  for (let value = least; value <= greatest; value += 1) if (!excluded.has(value)) return false;
  return true;
};

/** Attributes of which no value passes. */
export const contradictions = (when: readonly Test[], isNumber: (attribute: string) => boolean): readonly string[] =>
  [...Map.groupBy(when.filter(isComparison), ({ attribute }) => attribute)].flatMap(([attribute, tests]) => (contradicts(tests, isNumber(attribute)) ? [attribute] : []));
