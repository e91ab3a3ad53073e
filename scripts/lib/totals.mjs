/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Totals
 *
 * What Vitest's JSON reporter writes, as far as it is counted.
 * @typedef {{ status: string, assertionResults: readonly { status: string }[] }} FileResult
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: readonly FileResult[] }} Report
 */

/**
 * A file that failed without a failed test could not be loaded, or its set-up broke: it counts as one, whatever else failed.
 * @param {FileResult} file
 */
const failedAsWhole = ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((each) => each.status === 'failed');

/**
 * The totals of one run of Vitest, given its report and whether it ended well.
 * @param {Report} report
 * @param {boolean} ok
 * @returns {Totals}
 */
export const totalsOf = (report, ok) => {
  const failed = report.numFailedTests + report.testResults.filter(failedAsWhole).length;
  return {
    passed: report.numPassedTests,
    // An error that belongs to no file fails the run all the same.
    failed: ok ? failed : Math.max(1, failed),
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

/**
 * The closing line of `npm test`.
 * @param {Totals} totals
 */
export const totalsLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
