import { contractFor, type Stage, type Verdict } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import type { DecisionRequest, PreparedPolicy } from '@countersign/policy-engines';
import type { Call } from '../call.js';
import { Changes } from '../changes.js';
import { judge } from '../judge.js';
import { withPolicy, type RuleBook } from '../rule-book.js';
import { stage } from '../scenario.js';
import { generatedCalls } from './generated-calls.js';

/** The request as it would be made under a configuration: it knows its own attributes alone, and how far its contract trusts the agent. */
const asIn = ({ set, controls }: RuleBook, request: DecisionRequest): DecisionRequest => {
  const { tool, tenant, workflow, attributes, facts } = request;
  const known = set.slices.get(tool)?.attributes ?? {};
  const trusted: Stage = contractFor(controls, tenant, workflow)?.document.stage ?? facts.stage;
  const values = Object.fromEntries(Object.entries(attributes.values).filter(([name]) => Object.hasOwn(known, name)));
  return { ...request, attributes: { ...attributes, values }, facts: { ...facts, stage: trusted } };
};

const withBoth = <Result>(before: RuleBook, after: RuleBook, work: (old: PreparedPolicy, fresh: PreparedPolicy) => Result): Result => withPolicy(before.set, (old) => withPolicy(after.set, (fresh) => work(old, fresh)));

/** Decides calls at the borders of the rules under both. */
export const compareOnGenerated = (before: RuleBook, after: RuleBook): Changes =>
  withBoth(before, after, (old, fresh) => {
    const changes = new Changes();
    for (const { request, call } of generatedCalls(before.set, after.set)) {
      const { tool, tenant, workflow } = request;
      changes.add(old.decide(asIn(before, request)), fresh.decide(asIn(after, request)), () => ({ tool, tenant, workflow, call }));
    }
    return changes;
  });

/** What a configuration says to a call; one that its files do not even know is denied. */
const verdictOn = (call: Call, { controls, name }: RuleBook, policy: PreparedPolicy): Verdict => {
  const staged = stage(call, controls);
  if ('faults' in staged) return { effect: 'deny', reasons: staged.faults.map(({ pointer, message }) => ({ rule: 'call', code: 'call.unknown', message: `${pointer} ${message}` })) };
  const { proposal, state, now, votes } = staged.scenario;
  const judgement = judge(proposal, state, { controls, policy, now, votes });
  if (!judgement) throw new CountersignError('INTERNAL', `\`${name}\` has nothing to decide on a call`);
  return judgement.verdict;
};

/** Decides given calls under both. */
export const compareOnCalls = (calls: readonly Call[], before: RuleBook, after: RuleBook): Changes =>
  withBoth(before, after, (old, fresh) => {
    const changes = new Changes();
    for (const [index, call] of calls.entries()) {
      const { tool, tenant = '?', workflow = '?', id = index + 1 } = call;
      changes.add(verdictOn(call, before, old), verdictOn(call, after, fresh), () => ({ tool, tenant, workflow, call: typeof id === 'string' ? id : JSON.stringify(id) }));
    }
    return changes;
  });
