import { matchesGlob, type Tenant } from '@countersign/kernel';
import { STAGES, type AgentContract } from '../../config/agent-contract.js';
import type { Pinned } from '../../config/document.js';
import type { ToolContract } from '../../config/tool-contract.js';
import type { SpokenOf } from './spoken-of.js';
import { ANYTHING, atMost, fieldChanges, limits, same, subset, type FieldChecks } from './narrowing.js';
import { narrowsSchema } from './narrows-schema.js';
import type { Widening } from './widening.js';

/** By kind of resource: every value is covered by one that was there. */
const narrowsPatterns = (before: Readonly<Record<string, readonly string[]>>, after: Readonly<Record<string, readonly string[]>>): boolean =>
  Object.keys(before).every((kind) => after[kind] !== undefined && after[kind].every((value) => before[kind]?.some((pattern) => matchesGlob(pattern, value)) === true));

const checks = (spokenOf: SpokenOf): FieldChecks<AgentContract> => ({
  // The agent is named by it, also where somebody has stopped the agent.
  id: same,
  version: ANYTHING,
  owner: ANYTHING,
  // Tenant and workflow are what the contract before was found by.
  tenants: ANYTHING,
  workflow: ANYTHING,
  // Told one by one below.
  tools: ANYTHING,
  accepts: subset,
  input: narrowsSchema,
  // With whose key a value is sealed decides what goes when somebody asks to be forgotten.
  dataSubject: same,
  // A plan, and no right: what it proposes could be proposed without it, and is decided all the same.
  playbook: ANYTHING,
  outcome: ANYTHING,
  resources: (before, after) => Object.keys(before).every((tool) => narrowsPatterns(before[tool] ?? {}, after[tool] ?? {})),
  // No list is no limit: a list that was there has to stay, with nothing more in it.
  writableFields: (before, after) => Object.keys(before).every((tool) => after[tool] !== undefined && subset(before[tool], after[tool])),
  destinations: spokenOf.origin ? same : subset,
  // A rule on a fact that nobody gives denies: a fact more can let calls through.
  context: (before, after) => Object.keys(after).every((fact) => same(before[fact], after[fact])),
  stage: (before, after) => before === after || (!spokenOf.stage && STAGES.indexOf(after) < STAGES.indexOf(before)),
  // No window is always.
  windows: (before, after) => before.length === 0 || (after.length > 0 && subset(before, after)),
  budgets: (before, after) =>
    limits({ ...before.run }, { ...after.run }) && limits({ ...before.day }, { ...after.day }) && limits({ ...before.month }, { ...after.month }) && atMost(before.perMinute, after.perMinute) && before.timeZone === after.timeZone && after.repeats <= before.repeats,
  timeouts: (before, after) => atMost(before.run, after.run),
  // Another model is another place that the data goes to.
  modelRouting: same,
  fallbacks: same,
  // It only says who is asked.
  escalation: ANYTHING,
});

/** `payments.refund (write, money)`. */
const described = (name: string, tools: ReadonlyMap<string, ToolContract>): string => {
  const tool = tools.get(name);
  return tool ? `${name} (${[tool.effect, ...tool.risk].join(', ')})` : name;
};

const listed = ({ tools }: AgentContract): readonly string[] => [...tools.read, ...tools.write];

/** What an agent contract lets its agent do for some of its tenants that the contract which they had for the workflow before, if any, did not. */
export const widenContract = (before: AgentContract | undefined, after: Pinned<AgentContract>, tenants: readonly Tenant[], tools: ReadonlyMap<string, ToolContract>, spokenOf: SpokenOf): readonly Widening[] => {
  const { id: file, document } = after;
  const widening = (what: string, more: Partial<Widening> = {}): Widening => ({ kind: 'contract', id: file, contract: document.id, tenants, ...more, what });
  const known = before ? listed(before) : [];
  return [
    ...listed(document)
      .filter((tool) => !known.includes(tool))
      .map((tool) => widening(described(tool, tools), { tool })),
    ...(before ? fieldChanges(checks(spokenOf), before, document).map((what) => widening(what)) : []),
    // One that lists nothing still takes tasks, and is where the next change starts from.
    ...(before === undefined && listed(document).length === 0 ? [widening('takes tasks')] : []),
  ];
};
