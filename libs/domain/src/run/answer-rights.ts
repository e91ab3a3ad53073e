import type { AnswerChoice } from '@countersign/contracts';
import type { Principal } from '@countersign/kernel';
import type { Approver } from '../config/approver-directory.js';
import type { ControlState } from '../control/control-state.js';
import { contractFor } from '../control/lookups.js';

/** Why what a person says does not count. */
export interface AnswerFault {
  readonly code: 'escalation.not-open' | 'escalation.expired' | 'escalation.changed' | 'answer.stranger' | 'answer.is-agent' | 'answer.is-subject' | 'answer.lacks-role' | 'answer.not-asked' | 'answer.invalid' | 'answer.in-slack';
  readonly message: string;
}

/** Of what it is said, and to whom the question goes. */
export interface Questioned {
  readonly choice: AnswerChoice | 'claim';
  readonly subject: Principal;
  readonly agent: Principal;
  readonly roles: readonly string[];
}

/**
 * Whether a person of the directory may say this. Whom the run acts for may say what was missing, whatever their roles: it is their task. More
 * is not theirs to say, as they do not vote on it: that a call is tried again, or that its effect is as it should be. Who put the agent's
 * contract in force may answer: an answer allows nothing, and what follows it is decided by policy.
 */
export const rightsFault = (person: Approver | undefined, { choice, subject, agent, roles }: Questioned): AnswerFault | undefined => {
  if (!person) return { code: 'answer.stranger', message: 'whoever signed it is not in the directory of approvers' };
  if (person.subject === agent) return { code: 'answer.is-agent', message: 'an agent answers nothing' };
  if (person.subject === subject) return choice === 'answer' || choice === 'claim' || choice === 'stop' ? undefined : { code: 'answer.is-subject', message: `the run acts for \`${subject}\`, who can give what is missing or stop it, and say nothing else` };
  return person.roles.some((role) => roles.includes(role)) ? undefined : { code: 'answer.lacks-role', message: `it is asked of \`${roles.join('` or `')}\`` };
};

/** Roles that can answer under the contract in force, at any time of a question: whoever does not know when it was asked holds an answer against these. */
export const rolesThatAnswer = (controls: ControlState, tenant: string, workflow: string): readonly string[] => {
  const escalation = contractFor(controls, tenant, workflow)?.document.escalation;
  return escalation ? [escalation.role, ...(escalation.escalateTo ?? controls.active?.approvers?.document.fallback ?? [])] : [];
};

/** Whether after it the step is done once more though it had come to an end. */
export const isAgain = (choice: AnswerChoice): boolean => choice === 'resume' || choice === 'not-done';
