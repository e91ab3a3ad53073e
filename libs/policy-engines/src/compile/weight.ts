import type { Slice, Statement, Test } from '../compiled-set.js';
import { isComparison } from '../compiled-set.js';

/**
 * Nothing can interrupt an engine that evaluates, so what it can be given to do is bounded when a set is compiled. Measured at this
 * weight, on the largest text that an event can hold: 20 ms of a list or of comparisons and 100 ms of patterns for one pass, at most three
 * passes a decision.
 */
export const MAX_WEIGHT = 10_000;

/** A pattern goes through the whole text; a value is looked at once. */
const PATTERN = 20;

const weightOfTest = (test: Test): number => {
  if (isComparison(test)) return test.operator === 'matches' ? PATTERN : 'values' in test ? test.values.length : 1;
  switch (test.fact) {
    case 'destination':
      return test.patterns.length * PATTERN;
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
