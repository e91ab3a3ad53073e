import { type KeyObject } from 'node:crypto';
import type { Broker } from '@countersign/bus';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, orderingKey, partitionOf, topicName, type Event, type NewEvent, type SlackUser } from '@countersign/contracts';
import { hashOfQuestion, MAX_VOTE_BYTES, type ApprovalCard, type Approver, type Card, type InputCard } from '@countersign/domain';
import { answerBytes, keyIdOf, rawPublicKeyOf, signAsPerson, type GivenAnswer } from '@countersign/identity';
import { CountersignError, deterministicId, jsonBytes, seconds, timestamp, type Clock } from '@countersign/kernel';

/** Slack waits three seconds for its answer. */
export const RECORD_DEADLINE = seconds(2);

export interface BallotBoxParts {
  readonly broker: Pick<Broker, 'append' | 'offsets'>;
  readonly namespace: string;
  readonly partitions: number;
  /** The service's own: the directory and this key are all that a vote of Slack rests on. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
}

export interface Press {
  readonly slack: SlackUser;
  /** The same for the same press, however often Slack hands it over. */
  readonly id: string;
}

/** Puts what people press into `ballots`, signed with the service's key. */
export class BallotBox {
  constructor(private readonly parts: BallotBoxParts) {}

  /** Looks at where ballots go, so that the first vote does not wait for connections. */
  async open(): Promise<void> {
    const { broker, namespace, partitions } = this.parts;
    await Promise.all(Array.from({ length: partitions }, (_, partition) => broker.offsets({ topic: topicName(namespace, 'ballots'), partition })));
  }

  /** Resolves once the vote is in the log. Throws `VOTE_INVALID` where it is too large to count, and whatever keeps it from being recorded. */
  async vote(card: ApprovalCard, voter: Approver, choice: 'approve' | 'deny', reason: string, { slack, id }: Press): Promise<void> {
    const { tenant, workflow, run, step, opened } = card;
    const data = { approval: card.card, actionHash: opened.actionHash, choice, voter: voter.subject, reason, ...(choice === 'approve' && card.preview && card.preview.kind !== 'none' && { previewHash: card.preview.hash }), via: { slack } };
    await this.put({ type: 'countersign.ballot.cast', data, tenant, workflow, run, step, actor: voter.subject, subject: `${card.card} ${voter.subject} ${id}` });
  }

  /** Resolves once what somebody says to a question of a run is in the log; the gateway takes it from there. Throws as `vote` does. */
  async say(card: InputCard, voter: Approver, { choice, reason, given }: Pick<GivenAnswer, 'choice' | 'reason' | 'given'>, { slack, id }: Press): Promise<void> {
    const { tenant, workflow, run, step, opened } = card;
    const value = answerBytes({
      id: deterministicId('slack-answer', card.card, slack.team, slack.user, id),
      time: timestamp(this.parts.clock.now()),
      tenant, workflow, run, by: voter.subject, reason, escalation: card.card, asked: hashOfQuestion(opened.question), choice, ...(given && { given }), via: { slack },
    });
    const word = { value: value.toString(), jws: this.sign(value) };
    if (jsonBytes(word) > MAX_VOTE_BYTES) throw new CountersignError('VOTE_INVALID', 'what you say is too long: a grant has to have room for it');
    await this.put({ type: 'countersign.answer.pressed', data: { escalation: card.card, slack, word }, tenant, workflow, run, step, actor: voter.subject, subject: `${card.card} ${voter.subject} ${id}` });
  }

  /** Keeps a press in the log that is no vote. Of a card that nobody knows it is kept without a place. */
  async refuse(approval: string, card: Card | undefined, { code, message }: { readonly code: string; readonly message: string }, { slack, id }: Press): Promise<void> {
    const place = card ? { tenant: card.tenant, workflow: card.workflow, run: card.run, step: card.step } : {};
    await this.put({ type: 'countersign.press.refused', data: { approval, slack, code, message }, ...place, subject: `${approval} ${slack.team}/${slack.user} ${id}` });
  }

  /** Keeps in the log that callbacks came which nobody can say to be Slack's. `id`: the same for those that are kept as one. */
  async refuseUnproven({ code, message }: { readonly code: string; readonly message: string }, id: string): Promise<void> {
    await this.put({ type: 'countersign.press.refused', data: { code, message }, subject: `${code} ${id}` });
  }

  private sign(bytes: Buffer): string {
    const { privateKey } = this.parts;
    return signAsPerson(bytes, privateKey, keyIdOf(rawPublicKeyOf(privateKey)));
  }

  private async put<Type extends 'countersign.ballot.cast' | 'countersign.answer.pressed' | 'countersign.press.refused'>(given: Omit<NewEvent<Type>, 'service' | 'now'>): Promise<void> {
    const { broker, namespace, partitions, clock } = this.parts;
    const event = newEvent<Type>({ ...given, service: 'slack', now: clock.now() }) as Event;
    const value = encodeEvent(event);
    const jws = this.sign(value);
    if (given.type === 'countersign.ballot.cast' && jsonBytes({ value: value.toString(), jws }) > MAX_VOTE_BYTES) throw new CountersignError('VOTE_INVALID', 'what you say is too long: a grant has to have room for every vote');
    const key = given.tenant === undefined || given.workflow === undefined ? null : Buffer.from(orderingKey(given.tenant, given.workflow));
    const target = { topic: topicName(namespace, 'ballots'), partition: key === null ? 0 : partitionOf(key, partitions) };
    const recorded = broker.append(target, [{ key, value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: jws } }]);
    await (given.type === 'countersign.press.refused' ? recorded : inTime(recorded));
  }
}

/** What is not acknowledged in time may be recorded all the same: whoever voted is told to try again, and a second vote of theirs does not count. */
const inTime = async (append: Promise<unknown>): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new CountersignError('TIMED_OUT', 'the log did not take the vote in time', { retry: 'later' })), RECORD_DEADLINE);
  try {
    await Promise.race([append, promise]);
  } finally {
    clearTimeout(timer);
  }
};
