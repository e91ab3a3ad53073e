import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, orderingKey, partitionOf, topicName, type EventData } from '@countersign/contracts';
import type { NewRecord, TopicPartition } from '@countersign/bus/client';
import { MAX_VOTE_BYTES } from '@countersign/domain';
import type { BallotEvent } from '@countersign/identity';
import { CountersignError, jsonBytes, type Instant, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Kafka } from '../connection/kafka.js';
import type { SigningPerson } from '../connection/person.js';

export interface Ballot {
  /** The event's. */
  readonly id: string;
  readonly target: TopicPartition;
  readonly record: NewRecord;
}

/** What a person wants to say, and of which workflow. */
export interface BallotToSign<Type extends BallotEvent['type']> {
  readonly type: Type;
  readonly data: EventData<Type>;
  readonly of: { readonly tenant: string; readonly workflow: string; readonly run?: string; readonly step?: string };
  /** What it is about, for its id. */
  readonly subject: string;
}

/** A ballot, signed over the bytes that are sent. Throws `VOTE_INVALID` where it is too large to count. */
export const ballotOf = <Type extends BallotEvent['type']>({ type, data, of, subject }: BallotToSign<Type>, person: SigningPerson, now: Instant, { namespace, partitions }: Pick<Kafka, 'namespace' | 'partitions'>): Ballot => {
  const { tenant, workflow, run, step } = of;
  const event = newEvent<Type>({
    service: 'operator',
    type,
    data,
    tenant: tenant as Tenant,
    workflow: workflow as Workflow,
    run: run as RunId | undefined,
    step: step as StepId | undefined,
    actor: person.subject,
    subject: `${subject} ${person.subject} ${now}`,
    now,
  });
  const key = orderingKey(tenant, workflow);
  const value = encodeEvent(event);
  const jws = person.sign(value);
  if (jsonBytes({ value: value.toString(), jws }) > MAX_VOTE_BYTES) throw new CountersignError('VOTE_INVALID', 'what you say is too long: a grant has to have room for every vote');
  return {
    id: event.id,
    target: { topic: topicName(namespace, 'ballots'), partition: partitionOf(key, partitions) },
    record: { key: Buffer.from(key), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: jws } },
  };
};
