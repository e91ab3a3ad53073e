import { freeRunning, MemoryBroker, MemoryCluster, MemoryProcess } from '@countersign/bus';
import { beforeEach, describe, expect, it } from 'vitest';
import { logsOnKafka, requireFitting } from './copy-sources.js';

const NAMESPACE = 'countersign';
const KAFKA = { namespace: NAMESPACE, partitions: 2, tenants: ['acme', 'globex'] };

describe('what of Kafka is copied', () => {
  let cluster: MemoryCluster;
  let broker: MemoryBroker;
  const written = (topic: string, partition: number, ...values: readonly string[]): void => void cluster.log.append({ topic: `${NAMESPACE}.${topic}`, partition }, values.map((value) => ({ key: Buffer.from('acme/desk'), value: Buffer.from(value), headers: { 'cs-sig': Buffer.from('v1.signature') } })), 5);
  const found = async (isWanted: (record: { readonly offset: number }) => boolean = () => true): Promise<readonly string[]> => (await logsOnKafka({ ...KAFKA, broker }, isWanted)).flat().map(({ topic, partition, offset, value }) => `${topic}/${partition}/${offset} ${value?.toString() ?? ''}`);

  beforeEach(() => {
    cluster = new MemoryCluster(freeRunning);
    broker = new MemoryBroker(cluster, new MemoryProcess('copy', freeRunning));
    for (const topic of ['inbox.acme', 'inbox.globex', 'outcomes.acme', 'outcomes.globex', 'ballots', 'tasks', 'proposals', 'decisions', 'approvals', 'executions', 'cards', 'ledger']) cluster.log.createTopic(`${NAMESPACE}.${topic}`, 2);
    for (const topic of ['controls', 'anchor']) cluster.log.createTopic(`${NAMESPACE}.${topic}`, 1);
  });

  it('is every topic of the namespace, those of each tenant too, apart from what the ledger says of itself', async () => {
    for (const topic of ['inbox.globex', 'tasks', 'ledger', 'anchor']) written(topic, 0, topic);
    written('executions', 1, 'one', 'two');
    expect(await found()).toEqual(['countersign.inbox.globex/0/0 inbox.globex', 'countersign.tasks/0/0 tasks', 'countersign.executions/1/0 one', 'countersign.executions/1/1 two']);
  });

  it('begins where Kafka still has records, and has what is wanted of them', async () => {
    written('tasks', 0, 'gone', 'there', 'too late');
    cluster.log.truncate({ topic: `${NAMESPACE}.tasks`, partition: 0 }, 1);
    expect(await found(({ offset }) => offset < 2)).toEqual(['countersign.tasks/0/1 there']);
  });
});

describe('copying from Kafka', () => {
  it.each([{ archive: '/elsewhere' }, { anchor: 'name+id+key' }, { witness: ['name+id+key'] }, { quorum: '1' }, { seen: ['checkpoint'] }])('takes nothing that only an archive has: %o', (options) => {
    expect(() => requireFitting({ from: 'kafka', ...options })).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(/^`--\w+` goes with `--from archive`$/) as string }));
    expect(() => requireFitting({ from: 'archive', ...options })).not.toThrow();
  });
});
