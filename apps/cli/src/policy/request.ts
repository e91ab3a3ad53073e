import { TAINTS, type ControlState, type Facts, type Question } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { attributesOf, NO_FACTS, type Approvals, type DecisionRequest } from '@countersign/policy-engines';

const factsOf = ({ run, contract }: Question, now: Instant): Facts => ({ ...NO_FACTS, taint: TAINTS.filter((taint) => run[taint].size > 0), stage: contract.document.stage, now });

/** What an engine is asked about a question. */
export const requestOf = (question: Question, approvals: Approvals, { now }: { readonly controls: ControlState; readonly now: Instant }): DecisionRequest => {
  const { action, act, tool } = question;
  return { agent: act, tenant: action.tenant, workflow: action.workflow, tool: action.tool, destination: action.destination, attributes: attributesOf(tool.document, action.args), facts: factsOf(question, now), approvals };
};
