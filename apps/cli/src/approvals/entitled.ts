import { approverOf, authorsFor, clashOf, voiceFault, type Asked, type ControlState, type Voice } from '@countersign/domain';
import { CountersignError, type Principal } from '@countersign/kernel';
import { strangeTo, type SigningPerson } from '../connection/person.js';
import type { ApprovalView } from '../ledger/shapes.js';
import { who } from '../terminal/short.js';
import { ADD_APPROVERS } from './nobody-may-agree.js';

export interface Speaker {
  readonly person: SigningPerson;
  /** Whom they stand in for; absent where they vote for themselves. */
  readonly onBehalfOf?: Principal | undefined;
}

const askedOf = (approval: ApprovalView, controls: ControlState): Asked => ({
  tier: approval.tier,
  roles: approval.roles,
  fallback: approval.escalatedAt === undefined ? undefined : approval.escalateTo,
  confirmation: approval.confirmation,
  sub: approval.sub as Principal,
  act: approval.act as Principal,
  // What is in force here counts; what the ledger says was so when it was asked.
  authors: authorsFor(controls, approval.action.tenant, approval.action.workflow),
});

const voiceOf = (controls: ControlState, voter: string, onBehalfOf: string | undefined): Voice | undefined => {
  const [person, other] = [voter, onBehalfOf].map((subject) => (subject === undefined ? undefined : approverOf(controls, subject as Principal)));
  return person && (onBehalfOf === undefined || other) ? { voter: person, ...(other && { standsFor: { person: other, lent: [] } }) } : undefined;
};

/**
 * Says before a vote is signed what would keep it from counting. Whether there is a delegation only the approvals service knows. Throws
 * `VOTE_INVALID`.
 */
export const requireEntitled = (approval: ApprovalView, { person, onBehalfOf }: Speaker, controls: ControlState): void => {
  const refuse = (message: string, people = approval.people): never => {
    throw new CountersignError('VOTE_INVALID', message, { hint: people.length > 0 ? `who may: ${people.map(who).join(', ')}` : approval.confirmation ? 'nobody but them is asked' : `nobody in the directory of approvers can answer it now; ${ADD_APPROVERS}` });
  };
  // What is in force here counts: whoever cannot vote is not told to ask themselves, whatever the ledger says.
  const others = approval.people.filter((subject) => subject !== (onBehalfOf ?? person.subject));
  const stranger = strangeTo(controls, person);
  if (stranger !== undefined) return refuse(stranger);
  const voice = voiceOf(controls, person.subject, onBehalfOf);
  if (!voice) return refuse(`\`${onBehalfOf ?? ''}\` is not in the directory of approvers`);
  const asked = askedOf(approval, controls);
  const fault = voiceFault(asked, voice);
  if (fault) return refuse(fault.message, others);
  const clash = clashOf(
    asked,
    approval.votes.flatMap((vote) => voiceOf(controls, vote.voter, vote.onBehalfOf) ?? []),
    voice,
  );
  if (clash) return refuse(clash.message, others);
};
