import { describe, expect, it } from 'vitest';
import { totalsLine, totalsOf } from './lib/totals.mjs';

const file = (status: string, ...tests: readonly string[]) => ({ status, assertionResults: tests.map((each) => ({ status: each })) });
const reportOf = (...testResults: readonly ReturnType<typeof file>[]) => {
  const count = (status: string): number => testResults.flatMap(({ assertionResults }) => assertionResults).filter((each) => each.status === status).length;
  return { numPassedTests: count('passed'), numFailedTests: count('failed'), numPendingTests: count('skipped'), numTodoTests: count('todo'), testResults };
};

describe('the totals of a test run', () => {
  it('are those of its tests', () => {
    expect(totalsOf(reportOf(file('passed', 'passed', 'skipped'), file('failed', 'failed', 'passed', 'todo')), false)).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it('count a file that cannot be loaded as failed, also where a test of another one failed', () => {
    expect(totalsOf(reportOf(file('failed'), file('failed', 'failed', 'passed')), false)).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  it('count a file whose set-up broke, though none of its tests failed', () => {
    expect(totalsOf(reportOf(file('failed', 'skipped'), file('failed', 'failed')), false)).toMatchObject({ failed: 2, skipped: 1 });
  });

  it('have a failure where the run failed without a file that did', () => {
    expect(totalsOf(reportOf(file('passed', 'passed')), false)).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(totalsOf(reportOf(file('passed', 'passed')), true)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it('are one line, with what was skipped only if something was', () => {
    expect([totalsLine({ passed: 3, failed: 1, skipped: 0 }), totalsLine({ passed: 3, failed: 1, skipped: 2 })]).toEqual(['3 passed, 1 failed', '3 passed, 1 failed, 2 skipped']);
  });
});
