import type { Slice, Statement, Test } from '../compiled-set.js';
import { isComparison } from '../compiled-set.js';

/**
 * Nothing can interrupt an engine that evaluates, so what it can be given to do is bounded when a set is compiled. Measured, CPU of one
 * pass: 2,000 comparisons 7 ms, lists of 10,000 values 6 ms, a pattern on a text as long as an event can hold 0.2 ms. So the worst set
 * of this weight takes 100 ms a pass, and a decision has at most four of them.
 */
export const MAX_WEIGHT = 10_000;

/** A pattern goes through the whole text, which may be long; a value is looked at once. */
const PATTERN = 20;
/** Places are short. */
const PLACE = 2;

const weightOfTest = (test: Test): number => {
  if (isComparison(test)) return test.operator === 'matches' ? PATTERN : 'values' in test ? test.values.length : 1;
  switch (test.fact) {
    case 'destination':
      return test.patterns.length * PLACE;
    case 'outside_window':
      return test.windows.reduce((sum, { spans }) => sum + spans.length, 0);
    case 'taint':
    case 'contains':
    case 'origin':
    case 'stage':
    case 'mode':
      return test.any.length;
  }
};

const weightOfStatement = (statement: Statement): number => 1 + (statement.kind === 'deny' || statement.kind === 'ask' ? statement.when.reduce((sum, test) => sum + weightOfTest(test), 0) : 0);

/** How much there is to evaluate about one tool. */
export const weightOf = ({ statements }: Slice): number => statements.reduce((sum, statement) => sum + weightOfStatement(statement), 0);
