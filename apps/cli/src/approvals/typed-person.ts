import type { ControlState } from '@countersign/domain';
import { CountersignError, type Principal } from '@countersign/kernel';
import { who } from '../terminal/short.js';

/** The approver whom a person means: by the whole principal, or by its last part. Throws `NOT_FOUND`. */
export const typedPerson = (typed: string, controls: ControlState): Principal => {
  const people = controls.active?.approvers?.document.people ?? [];
  const found = people.filter(({ subject }) => subject === typed || subject.endsWith(`/human/${typed}`));
  const [one] = found;
  if (found.length === 1 && one) return one.subject;
  throw new CountersignError('NOT_FOUND', `\`${typed}\` is nobody in the directory of approvers`, { hint: `in it are ${people.map(({ subject }) => who(subject)).join(', ') || 'no people'}` });
};
