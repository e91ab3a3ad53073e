import { describeRule, type CompiledSet, type Statement } from '@countersign/policy-engines';
import { canonicalJson, formatDuration } from '@countersign/kernel';

/** A rule, permit or built-in statement that differs, and the tools that it differs for. */
export interface RuleChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly id: string;
  readonly tools: readonly string[];
  /** What it said and says, for people; absent where it was or is not there. */
  readonly before?: string;
  readonly after?: string;
}

/** What a statement says, whole. */
const saying = (tool: string, statement: Statement): string => {
  switch (statement.kind) {
    case 'permit':
      return `agents of contract \`${statement.contract}\` may call it`;
    case 'require':
      return `\`${statement.attribute}\` has to be given`;
    case 'deny':
      return `denied where ${describeRule(tool, statement.when)}`;
    case 'ask': {
      const { tier, quorum, roles, within } = statement.ask;
      return `${quorum} of ${roles.join(' or ') || 'any approver'} asked at tier ${tier} within ${formatDuration(within)} where ${describeRule(tool, statement.when)}`;
    }
  }
};

const statementsOf = (set: CompiledSet, tool: string): ReadonlyMap<string, Statement> => new Map((set.slices.get(tool)?.statements ?? []).map((each) => [each.id, each]));

/** What has to be given is one thing, in the name of whichever rule. */
const isSame = (was: Statement, is: Statement): boolean => (was.kind === 'require' && is.kind === 'require') || canonicalJson(was) === canonicalJson(is);

const changesFor = (tool: string, before: CompiledSet, after: CompiledSet): readonly Omit<RuleChange, 'tools'>[] => {
  const [old, fresh] = [statementsOf(before, tool), statementsOf(after, tool)];
  return [...new Set([...old.keys(), ...fresh.keys()])].toSorted().flatMap((id): readonly Omit<RuleChange, 'tools'>[] => {
    const [was, is] = [old.get(id), fresh.get(id)];
    if (was && is) return isSame(was, is) ? [] : [{ kind: 'changed', id, before: saying(tool, was), after: saying(tool, is) }];
    if (is) return [{ kind: 'added', id, after: saying(tool, is) }];
    return was ? [{ kind: 'removed', id, before: saying(tool, was) }] : [];
  });
};

/** What differs between two sets, statement by statement: rules, what contracts permit, and what is built in. One that differs alike for several tools is told once. */
export const ruleChanges = (before: CompiledSet, after: CompiledSet): readonly RuleChange[] => {
  const tools = [...new Set([...before.slices.keys(), ...after.slices.keys()])].toSorted();
  const found = tools.flatMap((tool) => changesFor(tool, before, after).map((change) => ({ tool, change })));
  const alike = Map.groupBy(found, ({ change }) => canonicalJson(change));
  return [...alike.values()].flatMap((group) => (group[0] ? [{ ...group[0].change, tools: group.map(({ tool }) => tool) }] : []));
};
