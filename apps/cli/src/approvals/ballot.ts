import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, orderingKey, partitionOf, topicName } from '@countersign/contracts';
import type { NewRecord, TopicPartition } from '@countersign/bus/client';
import { MAX_VOTE_BYTES, type Approver, type ControlState } from '@countersign/domain';
import { CountersignError, jsonBytes, type Instant, type Sha256 } from '@countersign/kernel';
import type { Kafka } from '../connection/kafka.js';
import { strangeTo, type SigningPerson } from '../connection/person.js';
import type { ApprovalView } from '../ledger/shapes.js';
import { who } from '../terminal/short.js';

export type Choice = 'approve' | 'deny';

export interface Ballot {
  readonly target: TopicPartition;
  readonly record: NewRecord;
}

/** The vote, signed over the bytes that are sent. It binds the approval and the hash of exactly this action. Throws `VOTE_INVALID` where it is too large to count. */
export const ballotOf = (
  approval: ApprovalView,
  vote: { readonly choice: Choice; readonly reason: string; readonly person: SigningPerson; readonly now: Instant },
  { namespace, partitions }: Pick<Kafka, 'namespace' | 'partitions'>,
): Ballot => {
  const { choice, reason, person, now } = vote;
  const { tenant, workflow, run, step } = approval.action;
  const event = newEvent({
    service: 'operator',
    type: 'countersign.ballot.cast',
    data: { approval: approval.id, actionHash: approval.actionHash as Sha256, choice, voter: person.subject, reason },
    tenant,
    workflow,
    run,
    step,
    actor: person.subject,
    subject: `${approval.id} ${person.subject} ${now}`,
    now,
  });
  const key = orderingKey(tenant, workflow);
  const value = encodeEvent(event);
  const jws = person.sign(value);
  if (jsonBytes({ value: value.toString(), jws }) > MAX_VOTE_BYTES) throw new CountersignError('VOTE_INVALID', 'the reason is too long: a grant has to have room for every vote');
  return {
    target: { topic: topicName(namespace, 'ballots'), partition: partitionOf(key, partitions) },
    record: { key: Buffer.from(key), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: jws } },
  };
};

/** Says before the vote is sent what would keep it from counting. Throws `VOTE_INVALID`. */
export const requireEntitled = (approval: ApprovalView, person: SigningPerson, controls: ControlState): void => {
  const refuse = (message: string, hint?: string): never => {
    throw new CountersignError('VOTE_INVALID', message, hint === undefined ? {} : { hint });
  };
  const { roles, confirmation, sub, act, votes } = approval;
  const isAsked = ({ subject, roles: has }: Approver): boolean => (confirmation ? subject === sub : roles.length === 0 || roles.some((role) => has.includes(role)));
  const entitled = (controls.active?.approvers?.document.people ?? []).filter(isAsked);
  const hint = entitled.length === 0 ? 'nobody of the directory may vote on it' : `who may: ${entitled.map(({ subject }) => who(subject)).join(', ')}`;
  const stranger = strangeTo(controls, person);
  if (stranger !== undefined) return refuse(stranger, hint);
  if (confirmation && person.subject !== sub) return refuse(`only \`${sub}\`, whom the run acts for, can confirm it`, hint);
  if (!entitled.some(({ subject }) => subject === person.subject)) return refuse(`you have none of the roles ${roles.join(', ')}`, hint);
  if (!confirmation && (sub === person.subject || act === person.subject)) return refuse('nobody votes on an action of their own', hint);
  if (votes.some(({ voter }) => voter === person.subject)) return refuse('you have voted on it already');
};
