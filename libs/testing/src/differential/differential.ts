import type { PolicyRule, Verdict } from '@countersign/domain';
import { CedarEngine, OpaEngine, PlainCedarEngine, type DecisionRequest, type PolicyEngine } from '@countersign/policy-engines';
import { compileRules, CONTRACTS, essence, requestOf, vote } from '../ports/engine-world.js';
import { chanceOf, type Chance } from './chance.js';
import { type GeneratedCall, generateCall, generateRules } from './generate.js';
import { interpret, type Answer } from './interpret.js';

/** Decisions that had to be the same and were not. */
export interface Disagreement {
  readonly rules: readonly PolicyRule[];
  readonly call: GeneratedCall;
  /** What each said, by name. */
  readonly said: Readonly<Record<string, unknown>>;
}

export interface Differential {
  readonly requests: number;
  readonly effects: Readonly<Record<Verdict['effect'], number>>;
  /** The first of them; more help nobody. */
  readonly disagreements: readonly Disagreement[];
}

export interface DifferentialOptions {
  readonly requests: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}

/** Compiling a set takes as long as some hundred decisions. */
const CALLS_PER_SET = 400;
const MOST_TOLD = 5;

const LISTED: ReadonlySet<string> = new Set(CONTRACTS.flatMap(({ id, tools }) => (id === 'refund-desk' ? [...tools.read, ...tools.write] : [])));

/** The agent's contract lists the facts of the run for its own tools, so a tool that it does not list has none of them. */
const contextOf = ({ tool, context }: GeneratedCall): GeneratedCall['context'] => (LISTED.has(tool.id) ? context : {});

const argumentsOf = ({ amount_usd: dollars, rows, currency }: GeneratedCall['args']): Record<string, number | string> => ({
  ...(dollars !== undefined && { amount_cents: Math.round(dollars * 100) }),
  ...(rows !== undefined && { rows }),
  ...(currency !== undefined && { currency }),
});

const requestFor = (call: GeneratedCall): DecisionRequest => {
  const request = requestOf({ tool: call.tool.id, args: argumentsOf(call.args), context: contextOf(call), facts: call.facts, tier: call.tier });
  return { ...request, approvals: { tier: call.tier, votes: call.votes.map(([name, roles]) => vote(name, roles)) } };
};

const interpreted = (rules: readonly PolicyRule[], call: GeneratedCall): Answer => {
  const mapped = Object.entries(call.args).filter(([name]) => Object.hasOwn(call.tool.attributes, name));
  return interpret(rules, { ...call, attributes: { ...Object.fromEntries(mapped), ...contextOf(call) }, listed: LISTED.has(call.tool.id) });
};

/** What an interpreter that names no rules can say of a verdict. */
const answerOf = (verdict: Verdict): Answer => {
  if (verdict.effect !== 'ask') return { effect: verdict.effect };
  const { effect, tier, quorum, roles, within } = verdict;
  return { effect, tier, quorum, roles, within };
};

const compareSet = (chance: Chance, engines: readonly PolicyEngine[], count: number, result: { effects: Record<Verdict['effect'], number>; disagreements: Disagreement[] }): void => {
  const rules = generateRules(chance);
  const { set } = compileRules(rules);
  const policies = engines.map((engine) => [engine.name, engine.prepare(set)] as const);
  for (let done = 0; done < count; done += 1) {
    const call = generateCall(chance);
    const request = requestFor(call);
    const verdicts = policies.map(([name, policy]) => [name, policy.decide(request)] as const);
    const [[, first] = ['', undefined]] = verdicts;
    if (!first) return;
    result.effects[first.effect] += 1;
    const expected = JSON.stringify(interpreted(rules, call));
    const agree = JSON.stringify(answerOf(first)) === expected && verdicts.every(([, verdict]) => JSON.stringify(verdict) === JSON.stringify(first));
    if (agree || result.disagreements.length >= MOST_TOLD) continue;
    result.disagreements.push({ rules, call, said: { ...Object.fromEntries(verdicts.map(([name, verdict]) => [name, essence(verdict)])), interpreter: JSON.parse(expected) as unknown } });
  }
  for (const [, policy] of policies) policy.release();
};

/**
 * Decides generated calls under generated rules with Cedar as we use it (slices, screens), with Cedar given all policies at once, with
 * OPA, and with a plain interpreter of the rule text. Verdicts of the engines have to be the same to the last reason.
 */
export const runDifferential = ({ requests, seed, onProgress }: DifferentialOptions): Differential => {
  const engines = [new CedarEngine(), new PlainCedarEngine(), new OpaEngine()];
  const result = { effects: { allow: 0, deny: 0, ask: 0 }, disagreements: [] };
  const chance = chanceOf(seed);
  for (let done = 0; done < requests; ) {
    const count = Math.min(CALLS_PER_SET, requests - done);
    compareSet(chance, engines, count, result);
    done += count;
    onProgress?.(done);
  }
  return { requests, ...result };
};
