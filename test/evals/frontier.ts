import type { ConfigurationFiles, Pinned, PolicyFile, ToolContract } from '@countersign/domain';
import { hours, sha256, type JsonObject } from '@countersign/kernel';
import { runSuite, totalOf, type Score } from './run-suite.ts';
import type { Suite } from './suite.ts';

/** How much of the whole is used. */
interface Level {
  readonly name: string;
  readonly files: (files: ConfigurationFiles) => ConfigurationFiles;
  readonly suite?: (suite: Suite) => Suite;
}

const eachTool =
  (change: (tool: ToolContract) => Partial<ToolContract>) =>
  (files: ConfigurationFiles): ConfigurationFiles => ({ ...files, tools: files.tools.map((tool): Pinned<ToolContract> => ({ ...tool, document: { ...tool.document, ...change(tool.document) } })) });

const withoutRules = (files: ConfigurationFiles): ConfigurationFiles => ({ ...files, policies: [] });
const ANYTHING: JsonObject = { type: 'object' };
/** Nothing that is read is sensitive, so no two meet. */
const withoutClasses = eachTool(() => ({ result: ANYTHING }));
const withoutDestinations = eachTool(() => ({ destinations: [], fromTask: [], risk: [] }));

/** One rule more: whatever writes after words of strangers have been read needs a person. */
const STRICTEST: Pinned<PolicyFile> = {
  id: 'strictest',
  version: 1,
  hash: sha256('strictest'),
  document: { policies: [{ name: 'write_after_strangers', if: { tool: '*', effect: 'write', taint: 'untrusted' }, then: { action: 'require_human_approval', tier: 2, quorum: 1, roles: [], within: hours(24) } }] },
};

/** From what nobody has to write to what asks most. */
export const LEVELS: readonly Level[] = [
  { name: 'task-scoped contracts alone', files: (files) => withoutRules(withoutDestinations(withoutClasses(files))) },
  { name: '+ destinations known from the task', files: (files) => withoutRules(withoutClasses(files)), suite: (suite) => ({ ...suite, directory: {} }) },
  { name: '+ the directory counts as known', files: (files) => withoutRules(withoutClasses(files)) },
  { name: '+ rule of two', files: withoutRules },
  { name: "+ the operator's rules", files: (files) => files },
  { name: '+ every write after strangers is asked about', files: (files) => ({ ...files, policies: [...files.policies, STRICTEST] }) },
];

export interface FrontierPoint {
  readonly level: string;
  readonly score: Score;
}

/** What each part adds, over all suites. */
export const frontier = (suites: readonly { readonly suite: Suite; readonly files: ConfigurationFiles }[]): readonly FrontierPoint[] =>
  LEVELS.map(({ name, files: change, suite: scope = (suite) => suite }) => ({
    level: name,
    score: totalOf(suites.map(({ suite, files }) => runSuite(scope(suite), change(files)).score)),
  }));
