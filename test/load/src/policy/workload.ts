import type { AgentContract, Facts, PolicyRule, ToolContract, Vote } from '@countersign/domain';
import { hours, type Instant, type JsonObject, type Principal } from '@countersign/kernel';
import { attributesOf, NO_APPROVALS, NO_FACTS, type CompiledSet, type DecisionRequest } from '@countersign/policy-engines';
import { compileRules, policyContract, policyTool } from '@countersign/testing/engine-world';

/** What policy is measured with: an estate of tools, rules over them, and calls of the tools that rules speak of. */

/** As many as a company has whose rules are a thousand. */
const TOOLS = 100;
/** Rules about every tool, in each set: those that follow from risks and facts, and not from one tool. */
const GLOBAL = 5;
const LIMIT_STEP_CENTS = 1_000;

const ACCEPTED: Facts = { ...NO_FACTS, now: Date.UTC(2026, 2, 30, 10) as Instant };
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/desk/agent/desk';

const TOOL_CONTRACTS: readonly ToolContract[] = Array.from({ length: TOOLS }, (_, index) =>
  policyTool(
    `system.tool-${index}`,
    { amount_usd: { arg: '/amount_cents', unit: 'usd-cents' }, currency: { arg: '/currency', unit: 'text' } },
    { risk: ['money'], destinations: [{ arg: '/to', kind: 'email' }] },
  ),
);

const CONTRACT: AgentContract = policyContract(
  'desk',
  ['acme'],
  'desk',
  [],
  TOOL_CONTRACTS.map(({ id }) => id),
);

const ASK = { action: 'require_human_approval', tier: 2, quorum: 1, roles: ['finance'], within: hours(24) } as const;

const GLOBAL_RULES: readonly PolicyRule[] = [
  { name: 'global-night', if: { tool: '*', risk: 'access', outside_window: 'mon-fri 08:00-18:00 Europe/Berlin' }, then: ASK },
  { name: 'global-secrets', if: { tool: '*', effect: 'write', contains: 'secret' }, then: { action: 'deny' } },
  { name: 'global-strangers', if: { tool: '*', risk: 'money', taint: 'untrusted', destination: 'not_in [email:*@example.com]' }, then: ASK },
  { name: 'global-currency', if: { tool: 'system.*', currency: 'not_in [usd, eur]' }, then: { action: 'deny' } },
  { name: 'global-limit', if: { tool: 'system.*', amount_usd: '> 100000' }, then: { action: 'deny' } },
];

/** Rule `nth` of a tool: three of four ask above an amount, of a currency; the others deny. */
const toolRule = (tool: string, name: string, nth: number): PolicyRule =>
  nth % 4 === 3
    ? { name, if: { tool, amount_usd: `> ${5_000 + nth}`, currency: '== eur' }, then: { action: 'deny' } }
    : { name, if: { tool, amount_usd: `> ${1_000 + nth}`, ...(nth % 2 === 0 ? { currency: 'in [usd, eur]' } : { destination: 'not_in [email:*@example.com, email:*@example.org]' }) }, then: ASK };

export type Spread = 'many tools' | 'one tool';

const rulesOf = (count: number, spread: Spread): readonly PolicyRule[] => [
  ...GLOBAL_RULES,
  ...Array.from({ length: count - GLOBAL }, (_, index) =>
    spread === 'many tools' ? toolRule(`system.tool-${index % TOOLS}`, `rule-${index}`, Math.floor(index / TOOLS)) : toolRule('system.tool-0', `rule-${index}`, index),
  ),
];

export interface PolicyWorkload {
  readonly rules: number;
  readonly spread: Spread;
  readonly set: CompiledSet;
  /** Makes the request of a call from what a proposal holds; part of what is measured. */
  readonly calls: readonly (() => DecisionRequest)[];
}

interface Call {
  readonly cents: number;
  readonly currency?: string;
  readonly facts?: Partial<Facts>;
  readonly votes?: readonly Vote[];
}

const ADA: Vote = { voter: 'spiffe://countersign.local/human/ada' as Principal, roles: ['finance'] };
const inside = { kind: 'email', value: 'ada@example.com', origin: 'task' } as const;
const outside = { kind: 'email', value: 'eve@example.net', origin: 'task' } as const;

/** Of ten calls seven are allowed at once, one after a vote, one is asked about and one denied. */
const CALLS: readonly Call[] = [
  ...Array.from({ length: 7 }, (_, index) => ({ cents: (index + 1) * LIMIT_STEP_CENTS, facts: { destinations: [inside] } })),
  { cents: 200_000, facts: { destinations: [outside] }, votes: [ADA] },
  { cents: 200_000, facts: { destinations: [outside] } },
  { cents: 2_000, currency: 'gbp', facts: { destinations: [inside] } },
];

const requestOf = (tool: ToolContract, args: JsonObject, facts: Partial<Facts>, votes: readonly Vote[]): DecisionRequest => ({
  agent: AGENT,
  tenant: 'acme',
  workflow: 'desk',
  tool: tool.id,
  destination: tool.connection,
  attributes: attributesOf(tool, args),
  facts: { ...ACCEPTED, ...facts },
  approvals: votes.length > 0 ? { tier: 2, votes } : NO_APPROVALS,
});

/** `count` rules, five of them about every tool, and ten calls of each tool that has a rule of its own. */
export const policyWorkload = (count: number, spread: Spread): PolicyWorkload => {
  const rules = rulesOf(count, spread);
  const { set } = compileRules(rules, TOOL_CONTRACTS, [CONTRACT]);
  const called = spread === 'one tool' ? 1 : Math.min(TOOLS, count - GLOBAL);
  const calls = TOOL_CONTRACTS.slice(0, called).flatMap((tool) =>
    CALLS.map(({ cents, currency = 'usd', facts = {}, votes = [] }) => () => requestOf(tool, { amount_cents: cents, currency, to: 'ada@example.com' }, facts, votes)),
  );
  return { rules: count, spread, set, calls };
};
