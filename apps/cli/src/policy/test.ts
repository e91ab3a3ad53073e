import { CountersignError } from '@countersign/kernel';
import type { EngineName } from '@countersign/policy-engines';
import { TESTS_FOLDER, type FileFault } from '@countersign/tools';
import type { Action } from '../command-context.js';
import { checkFolder, DEFAULT_CONFIG_DIR, faultLines } from '../config/load-files.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { viewOf } from '../terminal/view.js';
import { casesText, resultObject, summaryText } from './cases/cases-text.js';
import { readCases } from './cases/read-cases.js';
import { runCases } from './cases/run-cases.js';
import { folderBook, withPolicy } from './rule-book.js';

export interface TestOptions {
  readonly engine: EngineName;
}

const requireNone = (shown: string, faults: readonly FileFault[]): void => {
  if (faults.length > 0) throw new CountersignError('CONFIG_INVALID', `the cases in \`${shown}/${TESTS_FOLDER}\` are not as they must be\n${faultLines(shown, faults)}`, { hint: 'correct the files and try again' });
};

/** Exits 9 where a verdict is no longer what its case says. A folder without cases is a fault: a check that looks at nothing must not be green. */
export const testPolicies: Action<TestOptions> = async (context, { args: [dir = DEFAULT_CONFIG_DIR], options: { engine } }): Promise<ExitCode> => {
  const { terminal } = context;
  const book = folderBook(context, dir, 'policy test DIR');
  const { folder, shown } = checkFolder(context, dir);
  const { cases, faults } = readCases(folder);
  requireNone(shown, faults);
  if (cases.length === 0) throw new CountersignError('CONFIG_INVALID', `there are no cases in \`${shown}/${TESTS_FOLDER}\``, { hint: 'write some: see docs/policy-tools.md' });
  const ran = withPolicy(book.set, (policy) => runCases(cases, book, policy), engine);
  requireNone(shown, ran.faults);
  const { results } = ran;
  const changed = results.filter(({ differs }) => differs.length > 0).length;
  terminal.result(
    () => casesText(results, shown, viewOf(context)),
    () => ({ engine, policySet: book.set.hash, cases: results.length, changed, results: results.map((result) => resultObject(result, shown)) }),
  );
  terminal.message(summaryText(results));
  return changed > 0 ? EXIT.drift : EXIT.ok;
};
