import { describe, expect, it } from 'vitest';
import type { Event } from './catalogue.js';
import { sampleEvent } from './generate/sample-events.js';
import { partitionOf } from './partition.js';
import { checkPlace, type Place } from './place.js';
import { actionDeniedV1 } from './decision/action-denied.v1.js';
import { ledgerAlarmV1 } from './ledger/ledger-alarm.v1.js';
import { taskAcceptedV1 } from './outcome/task-accepted.v1.js';
import { policyPublishedV1 } from './control/policy-published.v1.js';
import { ballotCastV1 } from './approval/ballot-cast.v1.js';

const KEY = 'acme/refund-desk';
const PARTITION = partitionOf(KEY, 4);
const here: Place = { topic: 'decisions', partition: PARTITION, key: Buffer.from(KEY), partitions: 4 };
const event = (definition: Parameters<typeof sampleEvent>[0]): Event => sampleEvent(definition) as Event;
const misplaced = expect.objectContaining({ code: 'EVENT_MISPLACED' });

describe('the place of an event', () => {
  it.each<[string, Event, Place]>([
    ['on the log, in the partition of its key', event(actionDeniedV1), here],
    ['on ballots, like on the log', event(ballotCastV1), { ...here, topic: 'ballots' }],
    ['on controls, which have one partition', event(policyPublishedV1), { topic: 'controls', partition: 0, key: null, partitions: 1 }],
    ['on the outcomes of its tenant, in any partition', event(taskAcceptedV1), { ...here, topic: 'outcomes.acme', partition: 0, key: null }],
  ])('is right %s', (_, of, place) => {
    expect(() => checkPlace(of, place)).not.toThrow();
  });

  it.each<[string, Event, Place]>([
    ['on another topic', event(actionDeniedV1), { ...here, topic: 'proposals' }],
    ['on a topic that is not on the map', event(actionDeniedV1), { ...here, topic: 'dlq.policy' }],
    ['in another partition than that of its key', event(actionDeniedV1), { ...here, partition: (PARTITION + 1) % 4 }],
    ['under the key of another workflow', event(actionDeniedV1), { ...here, key: Buffer.from('acme/other') }],
    ['without a key', event(actionDeniedV1), { ...here, key: null }],
    ['on the outcomes of another tenant', event(taskAcceptedV1), { ...here, topic: 'outcomes.evil' }],
    ['where its key would be right with another number of partitions', event(actionDeniedV1), { ...here, partition: partitionOf(KEY, 97), partitions: 4 }],
    ['on the ledger, but not in the partition of its key', event(ledgerAlarmV1), { ...here, topic: 'ledger', partition: (PARTITION + 1) % 4 }],
  ])('is wrong %s', (_, of, place) => {
    expect(() => checkPlace(of, place)).toThrow(misplaced);
  });
});
