import { RISKS, type AgentContract, type ConfigurationFiles, type Stage, type ToolContract } from '@countersign/domain';
import { CountersignError, matchesGlob, sha256 } from '@countersign/kernel';
import { compilePolicySet, type Ask, type Slice, type Statement, type Test } from '@countersign/policy-engines';
import { unknownName } from '../terminal/unknown-name.js';

/** What stands before a call: nothing, people, or a denial. */
export type Gate = 'allowed' | 'asks' | 'denied';

/** A rule, or what is built in, that a call can meet. */
export interface MetRule {
  readonly rule: string;
  readonly gate: Exclude<Gate, 'allowed'>;
  /** It holds of every call; otherwise `why` says of which. */
  readonly always: boolean;
  readonly why: string;
  readonly ask?: Pick<Ask, 'tier' | 'quorum' | 'roles'>;
}

/** What one agent can do with one tool. */
export interface Access {
  readonly contract: string;
  readonly tenants: readonly string[];
  readonly workflow: string;
  readonly stage: Stage;
  readonly tool: string;
  readonly effect: 'read' | 'write';
  readonly risk: readonly string[];
  /** Of a call that meets no rule with a condition. */
  readonly gate: Gate;
  readonly rules: readonly MetRule[];
}

/** What of a statement is still open for an agent at this stage; `undefined` where it never speaks of it. */
const openTests = (when: readonly Test[], stage: Stage): readonly Test[] | undefined => {
  const isStage = (test: Test): test is Extract<Test, { readonly fact: 'stage' | 'taint' | 'contains' | 'origin' | 'mode' }> => 'fact' in test && test.fact === 'stage';
  return when.filter(isStage).every(({ any }) => any.includes(stage)) ? when.filter((test) => !isStage(test)) : undefined;
};

const metRule = (statement: Statement, stage: Stage, attributes: Slice['attributes']): readonly MetRule[] => {
  switch (statement.kind) {
    case 'permit':
      return [];
    case 'require': {
      const never = !Object.hasOwn(attributes, statement.attribute);
      return never ? [{ rule: statement.rule, gate: 'denied', always: true, why: statement.message }] : [];
    }
    case 'deny':
    case 'ask': {
      const open = openTests(statement.when, stage);
      if (!open) return [];
      const common = { rule: statement.id, always: open.length === 0, why: statement.message };
      if (statement.kind === 'deny') return [{ ...common, gate: 'denied' }];
      const { tier, quorum, roles } = statement.ask;
      return [{ ...common, gate: 'asks', ask: { tier, quorum, roles } }];
    }
  }
};

const accessOf = (contract: AgentContract, tool: ToolContract, slice: Slice): Access => {
  const rules = slice.statements.flatMap((statement) => metRule(statement, contract.stage, slice.attributes));
  const always = rules.filter((rule) => rule.always).map(({ gate }) => gate);
  const gate = always.includes('denied') ? 'denied' : always.includes('asks') ? 'asks' : 'allowed';
  return { contract: contract.id, tenants: contract.tenants, workflow: contract.workflow, stage: contract.stage, tool: tool.id, effect: tool.effect, risk: tool.risk, gate, rules };
};

/** Tools that a person means: all of a risk, or by name, with `*`. Throws `USAGE` for what is neither. */
const toolsMeant = (target: string, tools: readonly ToolContract[]): readonly ToolContract[] => {
  if (RISKS.some((risk) => risk === target)) return tools.filter(({ risk }) => risk.some((each) => each === target));
  const named = tools.filter(({ id }) => matchesGlob(target.toLowerCase(), id));
  if (named.length === 0) throw unknownName('risk or tool', target, [...RISKS, ...tools.map(({ id }) => id)]);
  return named;
};

/** Which agents can do what has a risk, or call a tool, and what stands before it. What no contract lists, nobody can. Throws `CONFIG_INVALID` where the rules cannot be read. */
export const whoCan = (target: string, files: ConfigurationFiles): readonly Access[] => {
  // The hash only names the set, and this one is not kept.
  const compilation = compilePolicySet({ ...files, hash: sha256('') });
  if (!compilation.ok) throw new CountersignError('CONFIG_INVALID', `the rules cannot be read: ${compilation.faults[0]?.message ?? ''}`);
  const meant = toolsMeant(
    target,
    files.tools.map(({ document }) => document),
  );
  return meant.flatMap((tool) =>
    files.contracts
      .map(({ document }) => document)
      .filter(({ tools }) => tools.read.includes(tool.id) || tools.write.includes(tool.id))
      .flatMap((contract) => {
        const slice = compilation.set.slices.get(tool.id);
        return slice ? [accessOf(contract, tool, slice)] : [];
      }),
  );
};
