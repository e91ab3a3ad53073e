import type { Event } from '@countersign/contracts';
import { jsonBytes, parseTimestamp } from '@countersign/kernel';
import { authorsFor, toolByHash } from '../control/lookups.js';
import type { Output } from '../output.js';
import { MAX_VOTE_BYTES } from '../room.js';
import type { ApprovalContext } from './approval-context.js';
import type { ApprovalState, Consent } from './approval-state.js';
import { consentFault } from './consent.js';
import type { ApprovalPlace } from './place-of.js';
import { escalation } from './stages.js';
import { voiceOf } from './judge-vote.js';
import { clashOf, voiceFault, type Asked, type Voice } from './voice.js';

type Required = Event<'countersign.approval.required'>;

/** People are asked: where some have said yes beforehand, that is their vote; where nobody who is asked is there, others are asked at once. */
export const requestApproval = (event: Required, state: ApprovalState, context: ApprovalContext): readonly Output[] => {
  const { tenant, workflow, run, step, data } = event;
  if (tenant === undefined || workflow === undefined || run === undefined || step === undefined || state.open.has(data.approval)) return [];
  const place = { tenant, workflow, run, step };
  const { approval, action, actionHash, reasons, tier, quorum, roles, deadline, remindAt, escalateAt, escalateTo, confirmation, sub, act } = data;
  const authors = [...authorsFor(context.controls, tenant, workflow)];
  const irreversible = toolByHash(context.controls, action.toolContractHash)?.document.reversible === false;
  const asked: Asked = { tier, roles, confirmation, sub, act, authors };
  const said = saidBefore(event, asked, state, context);
  const votes = said.map(({ consent: { word } }) => word);
  // Whoever said yes beforehand has not waited to see what would change.
  const isPending = data.preview !== undefined && votes.length < quorum;
  const requested: Output = {
    type: 'countersign.approval.requested',
    ...place,
    data: {
      approval,
      action,
      actionHash,
      reasons,
      tier,
      quorum,
      roles,
      deadline,
      ...(remindAt !== undefined && { remindAt }),
      ...(escalateAt !== undefined && { escalateAt }),
      ...(escalateTo && { escalateTo }),
      ...(confirmation && { confirmation }),
      sub,
      act,
      authors,
      ...(irreversible && { irreversible }),
      ...(isPending && { preview: 'pending' }),
    },
  };
  const cast = said.map(({ consent: { consent, by: voter, word: vote } }): Output => ({ type: 'countersign.approval.vote-cast', ...place, subject: `${approval}/${voter}`, data: { approval, actionHash, voter, choice: 'approve', consent, vote } }));
  if (votes.length >= quorum) return [requested, ...cast, { type: 'countersign.approval.granted', ...place, data: { approval, actionHash, votes } }];
  const until = parseTimestamp(deadline) ?? context.now;
  const away = !confirmation && escalateTo !== undefined && !isAnybodyThere(place, asked, state, context);
  return [requested, ...cast, ...(away ? [escalation({ ...place, approval, deadline: until, escalateTo }, { why: 'away' })] : [])];
};

interface Said {
  readonly consent: Consent;
  readonly voice: Voice;
}

/** Consents that are a yes to what is asked, as many as it takes, each of somebody who may vote on it. */
const saidBefore = ({ data, tenant, workflow, run }: Required, asked: Asked, { consents }: ApprovalState, { now, controls }: ApprovalContext): readonly Said[] => {
  if (data.confirmation) return [];
  const { action, tier, quorum, over } = data;
  const question = { action, tier, tool: toolByHash(controls, action.toolContractHash)?.document, isAboutLimits: over !== undefined, at: now };
  const said: Said[] = [];
  for (const consent of consents.values()) {
    if (said.length >= quorum || consent.run !== run || consent.tenant !== tenant || consent.workflow !== workflow) continue;
    if (consentFault(consent, question) || jsonBytes(consent.word) > MAX_VOTE_BYTES) continue;
    const voice = voiceOf(consent.by, undefined, [], controls);
    const earlier = said.map((one) => one.voice);
    if (voice && !voiceFault(asked, voice) && !clashOf(asked, earlier, voice)) said.push({ consent, voice });
  }
  return said;
};

/** Whether somebody who may vote is at work, or has somebody who stands in. */
const isAnybodyThere = ({ tenant, workflow }: ApprovalPlace, asked: Asked, { delegations }: ApprovalState, { now, controls }: ApprovalContext): boolean => {
  const inForce = [...delegations.values()].filter((one) => one.tenant === tenant && one.workflow === workflow && one.from <= now && now < one.until);
  return (controls.active?.approvers?.document.people ?? []).some((voter) => {
    if (!voiceFault(asked, { voter }) && !inForce.some(({ by }) => by === voter.subject)) return true;
    return inForce.some(({ by, to, roles }) => {
      const voice = by === voter.subject && to !== undefined ? voiceOf(to, by, roles, controls) : undefined;
      return voice !== undefined && !voiceFault(asked, voice);
    });
  });
};
