import type { Action } from '../../command-context.js';
import { DEFAULT_CONFIG_DIR } from '../../config/load-files.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { fields } from '../../terminal/fields.js';
import { oneLine } from '../../terminal/safe-text.js';
import { viewOf, type View } from '../../terminal/view.js';
import type { Changes } from '../changes.js';
import { changesObject, changesText, countsText } from '../changes-text.js';
import { readCallLines } from '../read-call.js';
import { folderBook, inForceBook } from '../rule-book.js';
import { compareOnCalls, compareOnGenerated } from './compare-books.js';
import { ruleChanges, type RuleChange } from './rule-diff.js';

export interface DiffOptions {
  readonly calls?: string;
  readonly failOn: 'any' | 'newly-allowed';
}

const ruleText = ({ kind, id, tools, before, after }: RuleChange, { colors, width }: View): string => {
  const paint = { added: colors.green, removed: colors.red, changed: colors.yellow }[kind];
  const lines = kind === 'changed' ? ([['was', before], ['is', after]] as const) : ([['', before ?? after]] as const);
  return `${paint(kind.padEnd('changed'.length))}  ${oneLine(id)}  ${colors.dim(oneLine(tools.join(', ')))}\n${fields(lines.map(([label, text]) => [label, text === undefined ? undefined : oneLine(text)] as const), { indent: 9, width })}`;
};

const exitCode = (rules: readonly RuleChange[], changes: Changes, { failOn }: DiffOptions): ExitCode => {
  const differs = failOn === 'newly-allowed' ? changes.newly('allow') > 0 : rules.length + changes.changed > 0;
  return differs ? EXIT.drift : EXIT.ok;
};

/** Two folders, or what is in force and a folder: which rules differ, and which calls are decided otherwise. */
export const diffPolicies: Action<DiffOptions> = async (context, { args: [first = DEFAULT_CONFIG_DIR, second], options }): Promise<ExitCode> => {
  const { terminal } = context;
  const after = folderBook(context, second ?? first, 'policy diff DIR');
  const before = second === undefined ? await inForceBook(context, 'name two folders: `policy diff OLD NEW`') : folderBook(context, first, 'policy diff DIR NEW');
  const rules = ruleChanges(before.set, after.set);
  const changes = options.calls === undefined ? compareOnGenerated(before, after) : compareOnCalls(await readCallLines(context, options.calls), before, after);
  const view = viewOf(context);
  const text = [rules.map((rule) => ruleText(rule, view)).join('\n'), changesText(changes, view)].filter((part) => part !== '').join('\n\n');
  if (terminal.json || text !== '') {
    terminal.result(
      () => text,
      () => ({ before: { name: before.name, policySet: before.set.hash }, after: { name: after.name, policySet: after.set.hash }, calls: options.calls ?? 'generated', rules, ...changesObject(changes) }),
    );
  }
  terminal.message(`${rules.length} statement${rules.length === 1 ? '' : 's'} differ${rules.length === 1 ? 's' : ''}; of ${changes.decided} ${options.calls === undefined ? 'calls at the borders of the rules' : 'calls'}: ${countsText(changes)}`);
  return exitCode(rules, changes, options);
};
