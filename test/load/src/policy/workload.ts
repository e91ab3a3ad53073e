import { actionHashOf, encodeEvent, newEvent, type Action } from '@countersign/contracts';
import { initialControls, noRunSpending, rolesFor, type AgentContract, type Case, type PolicyRule, type Question, type RunContext, type ToolContract } from '@countersign/domain';
import { requestOf } from '@countersign/evaluation';
import { generateKey, keyIdOf, rawPublicKeyOf, signAsPerson, voicesHeard } from '@countersign/identity';
import { hours, runIdOf, sha256, type Instant, type JsonObject, type Principal, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { NO_APPROVALS, type Approvals, type CompiledSet, type DecisionRequest } from '@countersign/policy-engines';
import { compileRules, policyContract, policyTool } from '@countersign/testing/engine-world';
import { pinned } from '@countersign/testing/refund-desk';

/** What policy is measured with: an estate of tools, rules over them, and calls of the tools that rules speak of. */

/** As many as a company has whose rules are a thousand. */
const TOOLS = 100;
/** Rules about every tool, in each set: those that follow from risks and facts, and not from one tool. */
const GLOBAL = 5;
const LIMIT_STEP_CENTS = 1_000;

const NOW = Date.UTC(2026, 2, 30, 10) as Instant;
const ACME = 'acme' as Tenant;
const DESK = 'desk' as Workflow;
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/desk/agent/desk' as Principal;
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;

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

/** What a person writes to another one in a line or two: every text that leaves is scanned. */
const NOTE = 'The mug of order 10442 arrived broken, so the customer gets back what was paid for it. Photos are in the ticket; the parcel service has been told.';

export interface PolicyWorkload {
  readonly rules: number;
  readonly spread: Spread;
  readonly set: CompiledSet;
  /** Makes the request of a call from what a proposal holds, as the service does; part of what is measured. */
  readonly calls: readonly (() => DecisionRequest)[];
}

interface Call {
  readonly cents: number;
  readonly currency?: string;
  readonly to: string;
  /** A person has said yes, and signed it. */
  readonly isApproved?: true;
}

const INSIDE = 'ada@example.com';
const OUTSIDE = 'eve@example.net';

/** Of ten calls seven are allowed at once, one after a vote, one is asked about and one denied. */
const CALLS: readonly Call[] = [
  ...Array.from({ length: 7 }, (_, index) => ({ cents: (index + 1) * LIMIT_STEP_CENTS, to: INSIDE })),
  { cents: 200_000, to: OUTSIDE, isApproved: true },
  { cents: 200_000, to: OUTSIDE },
  { cents: 2_000, currency: 'gbp', to: INSIDE },
];

const RUN: RunContext = {
  run: runIdOf(ACME, DESK, '/helpdesk', 'ticket-1'),
  tenant: ACME,
  workflow: DESK,
  subject: UPSTREAM,
  contract: { id: 'desk', version: 1, hash: sha256('desk') },
  opened: NOW,
  epoch: -1,
  deadline: (NOW + hours(1)) as Instant,
  words: [INSIDE, OUTSIDE, 'ticket-1', NOTE],
  said: [],
  again: new Map(),
  done: new Set(),
  facts: new Map(),
  vouched: new Set(),
  untrusted: new Set(),
  sensitive: new Set(),
  undo: new Map(),
  spending: noRunSpending(),
};

const KEY = generateKey();
const ADA = { subject: 'spiffe://countersign.local/human/ada' as Principal, name: 'Ada', publicKey: rawPublicKeyOf(KEY), roles: ['finance'] };
const CONTROLS = initialControls();

const questionOf = (tool: ToolContract, args: JsonObject): Question => {
  const action: Action = { tenant: ACME, workflow: DESK, run: RUN.run, step: 'pay' as StepId, tool: tool.id, toolContractHash: sha256(tool.id), args, destination: tool.connection, idempotencyKey: 'BBBBBBBBBBBBBBBBBBBBBB', dryRun: false };
  return { action, actionHash: actionHashOf(action), act: AGENT, sub: UPSTREAM, run: RUN, tool: pinned(tool), contract: pinned(CONTRACT), votes: [] };
};

/** What ada has signed, and how policy finds out that she may. */
const approvedBy = ({ action, actionHash, sub, act }: Question): (() => Approvals) => {
  const asked = { approval: 'DDDDDDDDDDDDDDDDDDDDDD', tier: 2, quorum: 1, roles: ['finance'] };
  const ballot = newEvent({ tenant: ACME, workflow: DESK, run: RUN.run, step: action.step, now: NOW, service: 'operator', type: 'countersign.ballot.cast', subject: ADA.subject, data: { approval: asked.approval, actionHash, choice: 'approve', voter: ADA.subject, reason: 'checked' } });
  const value = encodeEvent(ballot);
  const votes = [{ value: String(value), jws: signAsPerson(value, KEY, keyIdOf(ADA.publicKey)) }];
  const about: Case = { action, actionHash, sub, act, runDeadline: RUN.deadline };
  return () => ({ tier: asked.tier, votes: voicesHeard({ ...asked, votes }, about, { directory: { people: [ADA] }, authors: [], tool: {}, at: NOW }).map((voice) => ({ voter: voice.voter.subject, roles: rolesFor(asked, voice) })) });
};

/** The request of a call, made of what policy knows: places and their origin, taint, what its texts hold, and the votes with their signatures. */
const callOf = (tool: ToolContract, { cents, currency = 'usd', to, isApproved }: Call, note = NOTE): (() => DecisionRequest) => {
  const question = questionOf(tool, { amount_cents: cents, currency, to, note });
  const approvals = isApproved ? approvedBy(question) : () => NO_APPROVALS;
  return () => requestOf(question, { controls: CONTROLS, now: NOW, approvals: approvals() });
};

/** `count` rules, five of them about every tool, and ten calls of each tool that has a rule of its own. */
export const policyWorkload = (count: number, spread: Spread): PolicyWorkload => {
  const rules = rulesOf(count, spread);
  const { set } = compileRules(rules, TOOL_CONTRACTS, [CONTRACT]);
  const called = spread === 'one tool' ? 1 : Math.min(TOOLS, count - GLOBAL);
  const calls = TOOL_CONTRACTS.slice(0, called).flatMap((tool) => CALLS.map((call) => callOf(tool, call)));
  return { rules: count, spread, set, calls };
};

/** Calls whose note has about so many bytes, each word another. */
export const callsWithNote = (bytes: number): readonly (() => DecisionRequest)[] => {
  const words = Array.from({ length: Math.ceil(bytes / 'word-0000 '.length) }, (_, index) => `word-${String(index).padStart(4, '0')}`).join(' ');
  return TOOL_CONTRACTS.slice(0, 5).flatMap((tool) => CALLS.map((call) => callOf(tool, call, words)));
};
