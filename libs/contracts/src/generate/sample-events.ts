import type { Instant } from '@countersign/kernel';
import type { EventData, EventType } from '../catalogue.js';
import { CLAIM_SAMPLE } from '../claim.v1.js';
import type { Claim } from '../claim.js';
import { schemaId, type EventDefinition } from '../define-event.js';
import type { Cause, Envelope } from '../envelope.js';
import { FLOW, OWNERS, SERVICES, type Service, type Topic } from '../flow.js';
import { newClaim, newEvent } from '../new-event.js';
import { SAMPLE } from '../values/samples.js';
import { isOfServices, placeRule } from './envelope-schema.js';

/** 2026-01-02T03:04:05Z */
const NOW = 1_767_323_045_000 as Instant;
const CONTROL_EPOCH = 12;
const ID = 'GGGGGGGGGGGGGGGGGGGGGG';

/** What an event of each topic rests on. */
const CAUSES: Readonly<Record<Topic, Cause | undefined>> = {
  inbox: undefined,
  controls: undefined,
  ballots: undefined,
  tasks: { id: SAMPLE.task.task, topic: 'inbox.acme', partition: 0, offset: 41, sha256: SAMPLE.fileHash },
  outcomes: { id: ID, topic: 'proposals', partition: 1, offset: 49, sha256: SAMPLE.fileHash },
  proposals: { id: ID, topic: 'tasks', offset: 42, sha256: SAMPLE.fileHash },
  decisions: { id: ID, topic: 'proposals', offset: 43, sha256: SAMPLE.fileHash },
  approvals: { id: ID, topic: 'decisions', offset: 44, sha256: SAMPLE.fileHash },
  executions: { id: ID, topic: 'decisions', offset: 45, sha256: SAMPLE.fileHash },
  cards: { id: ID, topic: 'approvals', offset: 47, sha256: SAMPLE.fileHash },
  ledger: { id: ID, topic: 'decisions', partition: 1, offset: 46, sha256: SAMPLE.fileHash },
  anchor: { id: ID, topic: 'decisions', partition: 2, offset: 311, sha256: SAMPLE.fileHash },
};

const serviceOf = (topic: Topic): Service | undefined => isOfServices(topic) ? SERVICES.find((service) => FLOW[topic].writers.includes(service)) : undefined;

/** A whole event of one version, as its writer would write it. */
export const sampleEvent = ({ type, version, topic, about, sample }: EventDefinition): Envelope => {
  const service = serviceOf(topic);
  const place = Object.fromEntries(placeRule({ topic, ...(about && { about }) }).allowed.map((attribute) => [attribute, SAMPLE.action[attribute]]));
  const event = newEvent({
    ...place,
    service: service ?? 'operator',
    ...(service ? {} : { actor: SAMPLE.person, subject: SAMPLE.jti }),
    trigger: CAUSES[topic],
    type: type as EventType,
    data: sample as EventData<EventType>,
    now: NOW,
    ...(service ? { controlEpoch: CONTROL_EPOCH } : {}),
  });
  return { ...event, dataschema: schemaId(type, version) };
};

export const sampleClaim = (): Claim => newClaim({ service: OWNERS[1], claim: CLAIM_SAMPLE, now: NOW });
