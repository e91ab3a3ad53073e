import { gzipSync } from 'node:zlib';
import { CompressionTypes, ConfigResourceTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOW, localName, SERVICES, type Topic, type Writer } from '@countersign/contracts';
import { codeOf, seconds } from '@countersign/kernel';
import { kafkaMissing, startTestKafka, TEST_PRINCIPALS, TEST_TENANTS, type TestKafka } from '@countersign/testing';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaBroker } from './kafka-broker.js';
import { SASL_MECHANISM } from './kafka-options.js';
import { topicsOfNamespace } from './namespace-topics.js';

const NAMESPACE = { namespace: 'countersign', tenants: TEST_TENANTS, partitions: 2 };
const ONE_NODE = { replicationFactor: 1, minInsyncReplicas: 1 };
/** Everybody whom the broker knows: those of the map of topics, and somebody of whom it says nothing. */
const PRINCIPALS = TEST_PRINCIPALS.filter((name) => name !== 'admin');
const TOPICS = topicsOfNamespace(NAMESPACE).map(({ topic }) => topic);
const hello = { key: null, value: Buffer.from('hello'), headers: {} };

/** Straight from the map of topics, not from the rules that are made of it. */
const mayRead = (principal: string, local: string): boolean => {
  const [head = '', name] = local.split('.');
  if (head === 'dlq') return principal === name || principal === 'operator';
  if (head === 'snapshots') return principal === name;
  return isAmong(principal, FLOW[head as Topic].readers, name);
};
const mayWrite = (principal: string, local: string): boolean => {
  const [head = '', name] = local.split('.');
  return head === 'dlq' || head === 'snapshots' ? principal === name : isAmong(principal, FLOW[head as Topic].writers, name);
};
/** An upstream's principal stands for it on the doors of its own tenant alone. */
const isAmong = (principal: string, roles: readonly Writer[], tenant: string | undefined): boolean =>
  principal.startsWith('upstream-') ? roles.includes('upstream') && principal === `upstream-${tenant}` : roles.some((role) => role === principal);

/** What Kafka says to those who may not know of a topic, and to those who may. */
const REFUSALS: ReadonlySet<string> = new Set(['TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION', 'CLUSTER_AUTHORIZATION_FAILED', 'KafkaJSTopicMetadataNotLoaded: Topic metadata not loaded']);
const typesOf = (fault: unknown): readonly string[] => {
  const { type, errors } = fault as { readonly type?: string; readonly errors?: readonly unknown[] };
  return errors ? [...new Set(errors.flatMap(typesOf))] : [type ?? String(fault)];
};

const outcome = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked;
    return 'allowed';
  } catch (fault) {
    return codeOf(fault);
  }
};

describe.skipIf(kafkaMissing !== undefined)(`a namespace on Kafka${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, { timeout: 120_000 }, () => {
  let kafka: TestKafka;
  let admin: KafkaAdmin;
  let root: KafkaBroker;
  const brokers = new Map<string, KafkaBroker>();
  const as = (principal: string): KafkaBroker => {
    const broker = brokers.get(principal) ?? new KafkaBroker(kafka.options(principal));
    brokers.set(principal, broker);
    return broker;
  };

  beforeAll(async () => {
    kafka = await startTestKafka();
    admin = new KafkaAdmin(kafka.options());
    root = new KafkaBroker(kafka.options());
    await admin.createTopics(NAMESPACE, ONE_NODE);
    await admin.grantAccess(NAMESPACE.namespace, TEST_TENANTS);
    await Promise.all(TOPICS.map((topic) => root.append({ topic, partition: 0 }, [{ ...hello, key: Buffer.from('k') }])));
  }, 120_000);
  afterAll(async () => {
    await Promise.all([...brokers.values(), ...(root ? [root] : [])].map((broker) => broker.close()));
    await admin?.close();
    await kafka?.stop();
  }, 60_000);

  describe.each(PRINCIPALS)('as %s', (principal) => {
    const expectedWhere = (may: (local: string) => boolean): Record<string, string> =>
      Object.fromEntries(TOPICS.map((topic) => [topic, may(localName('countersign', topic)) ? 'allowed' : 'BROKER_REFUSED']));
    const expected = (operation: 'read' | 'write'): Record<string, string> => expectedWhere((local) => (operation === 'read' ? mayRead : mayWrite)(principal, local));
    const found = async (act: (topic: string) => Promise<unknown>): Promise<Record<string, string>> =>
      Object.fromEntries(await Promise.all(TOPICS.map(async (topic) => [topic, await outcome(act(topic))] as const)));

    it('each topic can be read, or not, as the map of topics says', async () => {
      expect(await found((topic) => as(principal).read({ topic, partition: 0 }, 0, 1, () => undefined))).toEqual(expected('read'));
    });

    it('each topic can be written, or not, as the map of topics says', async () => {
      expect(await found((topic) => as(principal).append({ topic, partition: 0 }, [{ ...hello, key: Buffer.from('k') }]))).toEqual(expected('write'));
    });

    it('each topic can be seen that can be read or written, and no other', async () => {
      const seen = expectedWhere((local) => mayRead(principal, local) || mayWrite(principal, local));
      expect(await found((topic) => as(principal).offsets({ topic, partition: 0 }))).toEqual(seen);
    });

    it('no topic can be altered, grown, emptied or removed', async () => {
      const { brokers: addresses, sasl } = kafka.options(principal);
      const mine = new Kafka({ brokers: [...addresses], sasl: { mechanism: SASL_MECHANISM, ...sasl }, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
      await mine.connect();
      const outcomeOf = (act: Promise<unknown>): Promise<string> => act.then(() => 'allowed', (fault: unknown) => typesOf(fault).join());
      const ways: readonly ((topic: string) => Promise<unknown>)[] = [
        (topic) => mine.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'retention.ms', value: '1' }] }] }),
        (topic) => mine.createPartitions({ topicPartitions: [{ topic, count: 9 }] }),
        (topic) => mine.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] }),
        (topic) => mine.deleteTopics({ topics: [topic] }),
      ];
      const outcomes = (await Promise.all(ways.map((way) => Promise.all(TOPICS.map((topic) => outcomeOf(way(topic))))))).flat();
      expect([...new Set(outcomes)].filter((each) => !REFUSALS.has(each))).toEqual([]);
      await mine.disconnect();
      for (const topic of TOPICS) expect(await root.offsets({ topic, partition: 0 })).toMatchObject({ start: 0 });
    });

    it('no topic can be made, and no right given', async () => {
      const mine = new KafkaAdmin(kafka.options(principal));
      expect(await outcome(mine.createTopics({ ...NAMESPACE, namespace: `mine-${principal}` }, ONE_NODE))).toBe('BROKER_REFUSED');
      expect(await outcome(mine.grantAccess('countersign', TEST_TENANTS))).toBe('BROKER_REFUSED');
      await mine.close();
    });

    it('only the own groups can be joined', async () => {
      const groups = [...SERVICES, 'upstream-acme', 'upstream-globex', 'upstream-acme2'].flatMap((name) => [`countersign.${name}`, `countersign.${name}.extra`]);
      const allowed = groups.filter((group) => group === `countersign.${principal}` || group === `countersign.${principal}.extra`);
      const results = await Promise.all(
        groups.map(async (group) => {
          const topic = TOPICS.find((name) => expected('read')[name] === 'allowed') ?? TOPICS[0] ?? '';
          const joining = as(principal).join({ group, topics: [topic], sessionTimeout: seconds(10), onAssigned: () => undefined, onRecords: () => undefined, onCrash: () => undefined });
          return [group, await outcome(joining)] as const;
        }),
      );
      expect(results.filter(([, result]) => result === 'allowed').map(([group]) => group)).toEqual(allowed);
      expect(new Set(results.map(([, result]) => result))).toEqual(new Set(allowed.length > 0 ? ['allowed', 'BROKER_REFUSED'] : ['BROKER_REFUSED']));
    });
  });

  it('is refused with a wrong password', async () => {
    const { sasl, ...options } = kafka.options('policy');
    const broker = new KafkaBroker({ ...options, sasl: { ...sasl, password: 'guessed' } });
    expect(await outcome(broker.offsets({ topic: 'countersign.decisions', partition: 0 }))).toBe('BROKER_REFUSED');
    await broker.close();
  });

  it.each(['plain', 'scram-sha-256'] as const)('is refused by %s, which this broker does not take', async (mechanism) => {
    const { sasl, ...options } = kafka.options('policy');
    const broker = new KafkaBroker({ ...options, sasl: { ...sasl, mechanism } });
    const namespaces = new KafkaAdmin({ ...options, sasl: { ...sasl, mechanism } });
    expect(await outcome(broker.offsets({ topic: 'countersign.decisions', partition: 0 }))).toBe('BROKER_REFUSED');
    expect(await outcome(namespaces.verifyTopics(NAMESPACE))).not.toBe('allowed');
    await Promise.all([broker.close(), namespaces.close()]);
  });

  it('is made once, grows by a tenant, and is refused with another number of partitions', async () => {
    expect(await admin.createTopics(NAMESPACE, ONE_NODE)).toEqual([]);
    expect(await admin.createTopics({ ...NAMESPACE, tenants: [...TEST_TENANTS, 'initech'] }, ONE_NODE)).toEqual(['countersign.inbox.initech', 'countersign.outcomes.initech']);
    await expect(admin.createTopics({ ...NAMESPACE, partitions: 3 }, ONE_NODE)).rejects.toMatchObject({ code: 'NAMESPACE_MISMATCH' });
    await admin.verifyTopics(NAMESPACE);
    await expect(admin.verifyTopics({ ...NAMESPACE, tenants: ['hooli'] })).rejects.toMatchObject({ code: 'NAMESPACE_MISMATCH' });
  });

  it('stores what a stranger compresses as it would have been sent without, at the time of the broker', async () => {
    const { brokers: addresses, sasl } = kafka.options('upstream-acme');
    const producer = new Kafka({ brokers: [...addresses], sasl: { mechanism: SASL_MECHANISM, ...sasl }, logLevel: logLevel.NOTHING }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const value = gzipSync('not the same bytes when packed twice');
    await producer.send({ topic: 'countersign.inbox.acme', compression: CompressionTypes.GZIP, messages: [{ partition: 1, value, timestamp: '1000' }, { partition: 1, value: 'second', timestamp: '1000' }] });
    await producer.disconnect();
    const found: { readonly value: Buffer | null; readonly timestamp: number }[] = [];
    await as('gateway').read({ topic: 'countersign.inbox.acme', partition: 1 }, 0, 2, (records) => void found.push(...records));
    expect(found.map((record) => record.value)).toEqual([value, Buffer.from('second')]);
    expect(found.every(({ timestamp }) => Math.abs(Date.now() - timestamp) < 60_000)).toBe(true);
  });

  it('takes no record from an upstream that no task needs', async () => {
    const inbox = { topic: 'countersign.inbox.acme', partition: 0 };
    const append = (bytes: number): Promise<string> => outcome(as('upstream-acme').append(inbox, [{ ...hello, value: Buffer.alloc(bytes, ' ') }]));
    expect(await append(120 * 1024)).toBe('allowed');
    expect(await append(130 * 1024)).toBe('RECORD_TOO_LARGE');
  });

  it('is not made to unpack 200 MiB that an upstream has compressed', async () => {
    const { brokers: addresses, sasl } = kafka.options('upstream-acme');
    const producer = new Kafka({ brokers: [...addresses], sasl: { mechanism: SASL_MECHANISM, ...sasl }, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const bomb = { topic: 'countersign.inbox.acme', compression: CompressionTypes.GZIP, messages: [{ partition: 1, value: Buffer.alloc(200 * 2 ** 20, ' ') }] };
    await expect(producer.send(bomb)).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await producer.disconnect();
    expect(await outcome(root.append({ topic: 'countersign.inbox.acme', partition: 1 }, [hello]))).toBe('allowed');
  });
});
