import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';
import { deadLetterTopic, FLOW, inputsOf, localName, orderingKey, outputOf, OWNERS, SERVICES, snapshotTopic, topicName, topicOf, TOPICS, type Service, type Topic } from './flow.js';

/** The table of docs/architecture.md, as far as there is something to read. Every service reads `controls`. */
const TABLE: Readonly<Record<Service, { readonly reads: readonly Topic[]; readonly writes: readonly Topic[] }>> = {
  gateway: { reads: ['inbox', 'proposals', 'ballots'], writes: ['outcomes', 'tasks'] },
  planner: { reads: ['tasks', 'decisions', 'executions'], writes: ['proposals'] },
  policy: { reads: ['tasks', 'proposals', 'approvals', 'executions'], writes: ['decisions'] },
  approvals: { reads: ['ballots', 'decisions', 'executions'], writes: ['approvals'] },
  executor: { reads: ['decisions'], writes: ['executions'] },
  slack: { reads: ['proposals', 'approvals', 'executions'], writes: ['ballots', 'cards'] },
  ledger: { reads: ['inbox', 'outcomes', 'ballots', 'tasks', 'proposals', 'decisions', 'approvals', 'executions', 'cards'], writes: ['ledger', 'anchor'] },
  webhooks: { reads: ['approvals'], writes: [] },
};

describe('the map of topics', () => {
  it.each(TOPICS)('has a writer and a reader of %s', (topic) => {
    expect(FLOW[topic].writers).not.toEqual([]);
    expect(FLOW[topic].readers).not.toEqual([]);
  });

  it.each(SERVICES)('says of %s what the architecture says', (service) => {
    expect(inputsOf(service).toSorted()).toEqual(TABLE[service].reads.toSorted());
    expect(TOPICS.filter((topic) => FLOW[topic].writers.includes(service)).toSorted()).toEqual(TABLE[service].writes.toSorted());
    expect(FLOW.controls.readers).toContain(service);
  });

  it('lets every owner read its own output again, which its state is a fold of', () => {
    for (const owner of OWNERS) expect(FLOW[outputOf(owner)].readers).toContain(owner);
  });

  it('gives each claimed topic one writer, and each owner one claimed topic', () => {
    const claimed = TOPICS.filter((topic) => FLOW[topic].claimed);
    expect(claimed.map((topic) => FLOW[topic].writers)).toEqual(OWNERS.map((owner) => [owner]));
    expect(OWNERS.map(outputOf)).toEqual(claimed);
  });

  it('keeps apart what nobody may hold together: no service writes what people sign, but the one that takes votes in Slack', () => {
    const byPeople = TOPICS.filter((topic) => FLOW[topic].writers.includes('operator'));
    expect(byPeople).toEqual(['inbox', 'ballots', 'controls']);
    for (const topic of byPeople) expect(FLOW[topic].writers.filter((writer) => SERVICES.some((service) => service === writer))).toEqual(topic === 'ballots' ? ['slack'] : []);
  });

  it('lets upstreams touch their own doors only', () => {
    expect(TOPICS.filter((topic) => [...FLOW[topic].writers, ...FLOW[topic].readers].includes('upstream'))).toEqual(['inbox', 'outcomes']);
    expect(TOPICS.filter((topic) => FLOW[topic].perTenant)).toEqual(['inbox', 'outcomes']);
  });

  it('has these topics with the same partitions, so that a run is in one partition of each', () => {
    expect(TOPICS.filter((topic) => FLOW[topic].kind === 'log')).toEqual(['tasks', 'proposals', 'decisions', 'approvals', 'executions', 'cards', 'ledger']);
  });

  it('has an event for every topic that we write, and a topic for every event', () => {
    const withEvents = new Set<Topic>(CATALOGUE.map(({ topic }) => topic));
    expect(TOPICS.filter((topic) => !withEvents.has(topic))).toEqual(['inbox']);
  });

  it('keeps controls for ever and everything else for a time', () => {
    expect(TOPICS.filter((topic) => FLOW[topic].retention === undefined)).toEqual(['controls']);
  });
});

describe('names of topics', () => {
  it('begin with the namespace, and end with the tenant where each has its own', () => {
    expect(topicName('countersign', 'tasks')).toBe('countersign.tasks');
    expect(topicName('sbx-1', 'inbox', 'acme')).toBe('sbx-1.inbox.acme');
    expect(snapshotTopic('sbx-1', 'policy')).toBe('sbx-1.snapshots.policy');
    expect(deadLetterTopic('sbx-1', 'ledger')).toBe('sbx-1.dlq.ledger');
    expect(() => topicName('sbx-1', 'inbox')).toThrow('needs a tenant');
  });

  it.each(TOPICS)('lead back to %s', (topic) => {
    expect(topicOf(localName('countersign', topicName('countersign', topic, 'acme')))).toBe(topic);
  });

  it.each(['', 'task', 'tasks.acme', 'inbox', 'inbox.', 'inbox.Acme', 'inbox.acme.x', 'snapshots.policy', 'dlq.policy', 'constructor'])('lead nowhere from `%s`', (name) => {
    expect(topicOf(name)).toBeUndefined();
  });

  it('have a key of tenant and workflow', () => {
    expect(orderingKey('acme', 'refund-desk')).toBe('acme/refund-desk');
  });
});
