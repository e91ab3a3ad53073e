import type { ConfigurationFiles, Pinned, PolicyFile, ToolContract } from '@countersign/domain';
import { hours, sha256, type JsonObject } from '@countersign/kernel';
import type { CompiledSet, Statement } from '@countersign/policy-engines';
import { runSuite, totalOf, type RunOptions, type Score } from './run-suite.ts';
import type { Suite } from './suite.ts';

/** How much of the whole is used. */
interface Level {
  readonly name: string;
  readonly files: (files: ConfigurationFiles) => ConfigurationFiles;
  readonly suite?: (suite: Suite) => Suite;
  readonly how?: RunOptions;
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

/** As it is built in, the rule of two is silent where the task or the contract named every place. */
const whateverThePlace = (statement: Statement): Statement => (statement.kind === 'ask' && statement.code === 'rule-of-two' ? { ...statement, when: statement.when.filter((test) => !('fact' in test && test.fact === 'origin')) } : statement);
const withoutExemption = (set: CompiledSet): CompiledSet => ({ ...set, slices: new Map([...set.slices].map(([tool, slice]) => [tool, { ...slice, statements: slice.statements.map(whateverThePlace) }])) });

/** From what nobody has to write to what asks most; then the operator's rules again, with another rule of two and in the other reading of the protocol. */
export const LEVELS: readonly Level[] = [
  { name: 'task-scoped contracts alone', files: (files) => withoutRules(withoutDestinations(withoutClasses(files))) },
  { name: '+ destinations known from the task', files: (files) => withoutRules(withoutClasses(files)), suite: (suite) => ({ ...suite, directory: {} }) },
  { name: '+ the directory counts as known', files: (files) => withoutRules(withoutClasses(files)) },
  { name: '+ rule of two', files: withoutRules },
  { name: "+ the operator's rules", files: (files) => files },
  { name: '+ every write after strangers is asked about', files: (files) => ({ ...files, policies: [...files.policies, STRICTEST] }) },
  { name: "the operator's rules, rule of two whatever the place", files: (files) => files, how: { compiled: withoutExemption } },
  { name: "the operator's rules, after all that the task reads", files: (files) => files, how: { before: 'reads' } },
];

export interface FrontierPoint {
  readonly level: string;
  readonly score: Score;
}

/** What each part adds, over all suites. */
export const frontier = (suites: readonly { readonly suite: Suite; readonly files: ConfigurationFiles }[], levels: readonly Level[] = LEVELS): readonly FrontierPoint[] =>
  levels.map(({ name, files: change, suite: scope = (suite) => suite, how }) => ({
    level: name,
    score: totalOf(suites.map(({ suite, files }) => runSuite(scope(suite), change(files), how).score)),
  }));
