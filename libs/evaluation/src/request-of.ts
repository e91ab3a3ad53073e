import type { ControlState, Question } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { attributesOf, type Approvals, type Attributes, type DecisionRequest } from '@countersign/policy-engines';
import { factsOf } from '@countersign/tools/provenance';

/** Facts of the run that the contract declares; one that is older than it may be is missing, and a rule that needs it denies. */
const contextOf = ({ run, contract, action }: Question, now: Instant): Attributes['values'] => {
  const { context, tools } = contract.document;
  // Where the tool is not listed the call is denied, and no rule of the tool knows these.
  if (![...tools.read, ...tools.write].includes(action.tool)) return {};
  return Object.fromEntries(
    Object.entries(context).flatMap(([name, declared]) => {
      const fact = run.facts.get(name);
      const isThere = fact !== undefined && (declared.from === 'task' || now - fact.at <= declared.maxAge);
      return isThere ? [[name, fact.value] as const] : [];
    }),
  );
};

export interface Circumstances {
  readonly controls: ControlState;
  readonly now: Instant;
  readonly approvals: Approvals;
}

/** What an engine is asked for a question: the one place where attributes and facts of a call are gathered. */
export const requestOf = (question: Question, { controls, now, approvals }: Circumstances): DecisionRequest => {
  const { action, act, tool } = question;
  const { values, invalid } = attributesOf(tool.document, action.args);
  return {
    agent: act,
    tenant: action.tenant,
    workflow: action.workflow,
    tool: action.tool,
    destination: action.destination,
    attributes: { values: { ...contextOf(question, now), ...values }, invalid },
    facts: factsOf(question, controls, now),
    approvals,
  };
};
