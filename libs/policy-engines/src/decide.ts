import type { Reason } from '@countersign/contracts';
import { TOLD_TIER, type Facts, type Notice, type Verdict } from '@countersign/domain';
import type { Millis } from '@countersign/kernel';
import { strictest } from './ask.js';
import { isOfType, type AttributeValue } from './attributes.js';
import { isWithin } from './clock.js';
import { agentKey, type CompiledSet, type Slice, type Statement, voterGroup } from './compiled-set.js';
import type { Approvals, DecisionRequest } from './engine.js';
import { areFacts, askedBy, factReader, type FactValues } from './fact-values.js';
import { deny, ENGINE, reason, reasonsOf, told } from './reasons.js';

/** How the votes count for each group of roles that the slice asks. */
export interface Tally {
  readonly tier: number;
  readonly voters: Readonly<Record<string, number>>;
}

/** One question to an engine. */
export interface Pass {
  readonly tool: string;
  readonly agent: string;
  readonly contract: string;
  readonly destination: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
  readonly facts: FactValues;
  /** Absent where no rule of the slice asks anybody. */
  readonly approvals?: Tally;
}

/** An engine's answer: the statements that decided, by id, and those that it could not evaluate. */
export interface Evaluation {
  readonly allowed: boolean;
  readonly matched: readonly string[];
  readonly failed: readonly string[];
}

export type Evaluate = (pass: Pass) => Evaluation;

interface PreparedSlice {
  readonly slice: Slice;
  readonly statements: ReadonlyMap<string, Statement>;
  readonly readFacts: (facts: Facts) => FactValues;
  /** Roles of each asking rule, by group; empty where nobody is asked. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Approvals that satisfy every rule: what is denied even with these can never be allowed. */
  readonly saturated: Tally;
}

const AGENT = /^spiffe:\/\/[^/]+\/tenant\/([^/]+)\/workflow\/([^/]+)\/agent\/[^/]+$/;

const prepareSlice = (slice: Slice): PreparedSlice => {
  const groups = new Map(slice.statements.flatMap((each) => (each.kind === 'ask' ? [[voterGroup(each.ask.roles), each.ask.roles] as const] : [])));
  return {
    slice,
    statements: new Map(slice.statements.map((each) => [each.id, each])),
    readFacts: factReader(askedBy(slice.statements)),
    groups,
    saturated: { tier: Number.MAX_SAFE_INTEGER, voters: Object.fromEntries([...groups.keys()].map((group) => [group, Number.MAX_SAFE_INTEGER])) },
  };
};

/** A person counts once for a group, however many votes are handed in. */
const tally = (groups: PreparedSlice['groups'], { tier, votes }: Approvals): Tally => ({
  tier,
  voters: Object.fromEntries(
    [...groups].map(([group, roles]) => {
      const counted = votes.filter((vote) => roles.length === 0 || roles.some((role) => vote.roles.includes(role)));
      return [group, new Set(counted.map((vote) => vote.voter)).size];
    }),
  ),
});

const faultOf = ({ slice }: PreparedSlice, { attributes, approvals, destination, facts }: DecisionRequest): Reason | undefined => {
  if (attributes.invalid.length > 0) {
    return reason(ENGINE, 'field.invalid', `the call gives ${attributes.invalid.map((name) => `\`${name}\``).join(', ')} a value that is none of its unit`);
  }
  for (const [name, value] of Object.entries(attributes.values)) {
    const type = Object.hasOwn(slice.attributes, name) ? slice.attributes[name] : undefined;
    if (type === undefined) return reason(ENGINE, 'engine.error', `the contract of \`${slice.tool}\` maps no attribute \`${name}\``);
    if (!isOfType(value, type)) return reason(ENGINE, 'field.invalid', `\`${name}\` is no ${type} that the engine can take`);
  }
  if (!Number.isSafeInteger(approvals.tier) || !destination.isWellFormed() || !areFacts(facts)) return reason(ENGINE, 'engine.error', 'the request is malformed');
  return undefined;
};

/** Sorted: an engine names them in any order, and a replay has to give the same bytes. */
const statementsOf = ({ statements }: PreparedSlice, ids: readonly string[]): Statement[] =>
  ids.toSorted().map((id) => {
    const statement = statements.get(id);
    if (!statement) throw new Error(`the engine names a statement \`${id}\` that is not in the slice`);
    return statement;
  });

const notEvaluated = (failed: readonly string[]): Verdict => deny(...failed.toSorted().map((id) => reason(id, 'engine.error', 'the rule could not be evaluated')));

/** Everybody whom a rule names hears of it; the shortest time to take it back is the one that all of them promise. */
const noticeOf = (asking: readonly Extract<Statement, { readonly kind: 'ask' }>[]): Notice => {
  const roles = asking.map(({ ask }) => ask.roles);
  return {
    reasons: told(asking.flatMap(reasonsOf)),
    roles: roles.some(({ length }) => length === 0) ? [] : [...new Set(roles.flat())].toSorted(),
    within: Math.min(...asking.map(({ ask }) => ask.within)) as Millis,
  };
};

const decideIn = (prepared: PreparedSlice, pass: Pass, evaluate: Evaluate): Verdict => {
  const first = evaluate(pass);
  // An engine skips a rule that it cannot evaluate, so its answer without that rule means nothing.
  if (first.failed.length > 0) return notEvaluated(first.failed);
  const matched = statementsOf(prepared, first.matched);
  if (first.allowed) return { effect: 'allow', rules: matched.map(({ id }) => id) };

  const asking = matched.filter((each) => each.kind === 'ask');
  const final = matched.filter((each) => each.kind !== 'ask');
  if (final.length > 0) return deny(...final.flatMap(reasonsOf));
  const notPermitted = deny(reason(`contract.${pass.contract}`, 'tool.not-permitted', `the contract \`${pass.contract}\` does not list \`${pass.tool}\``));
  if (asking.length === 0) return notPermitted;

  const second = evaluate({ ...pass, approvals: prepared.saturated });
  if (second.failed.length > 0) return notEvaluated(second.failed);
  if (!second.allowed) {
    const reasons = statementsOf(prepared, second.matched).flatMap(reasonsOf);
    return reasons.length > 0 ? deny(...reasons) : notPermitted;
  }
  const onlyTold = asking.filter(({ ask }) => ask.tier <= TOLD_TIER);
  if (onlyTold.length === asking.length) return { effect: 'allow', rules: statementsOf(prepared, second.matched).map(({ id }) => id), notice: noticeOf(onlyTold) };
  // Whoever is only told answers nothing.
  const answered = asking.filter(({ ask }) => ask.tier > TOLD_TIER);
  const question = strictest(answered.map((each) => each.ask));
  const reasons = answered.flatMap(reasonsOf);
  if (!question) {
    return deny(...reasons, reason(ENGINE, 'approval.unsatisfiable', 'the asking rules share no role, so no one group of people can answer them all'));
  }
  return { effect: 'ask', reasons: told(reasons), ...question };
};

/**
 * Decides in two passes: with the real approvals, and where that denies, with saturated ones. Denied both times is a denial
 * (nobody is asked for what can never be allowed), else people are asked what the strictest of the asking rules wants.
 */
export const decider = (set: CompiledSet, evaluate: Evaluate): ((request: DecisionRequest) => Verdict) => {
  const slices = new Map([...set.slices].map(([tool, slice]) => [tool, prepareSlice(slice)]));
  return (request) => {
    try {
      const prepared = slices.get(request.tool);
      if (!prepared) return deny(reason('tools', 'tool.unknown', `no tool \`${request.tool}\` is in the configuration`));
      const agent = agentKey(request.tenant, request.workflow);
      const [, tenant = '', workflow = ''] = AGENT.exec(request.agent) ?? [];
      const contract = agentKey(tenant, workflow) === agent ? set.agents.get(agent) : undefined;
      if (contract === undefined) return deny(reason('contracts', 'agent.unknown', `no agent contract covers this agent in \`${agent}\``));
      const windows = set.windows.get(contract);
      if (windows && !windows.some((window) => isWithin(window, request.facts.now))) {
        return deny(reason(`contract.${contract}`, 'contract.window', `the contract lets its agents act within ${windows.map(({ text }) => text).join('; ')}`));
      }
      const fault = faultOf(prepared, request);
      if (fault) return deny(fault);
      const { tool, destination } = request;
      const approvals = prepared.groups.size > 0 ? { approvals: tally(prepared.groups, request.approvals) } : {};
      return decideIn(prepared, { tool, agent, contract, destination, values: request.attributes.values, facts: prepared.readFacts(request.facts), ...approvals }, evaluate);
    } catch {
      return deny(reason(ENGINE, 'engine.unavailable', 'the policy engine gave no answer'));
    }
  };
};
