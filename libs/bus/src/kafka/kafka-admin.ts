import kafkajs, { type Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, messageOf, millis } from '@countersign/kernel';
import { aclsOf, sandboxAcls, type Acl } from './acls.js';
import type { TopicPartition } from '../broker.js';
import { PATIENCE } from './cluster.js';
import { persist } from './faults.js';
import type { KafkaOptions } from './kafka-options.js';
import { kafkajsClient } from './kafkajs-client.js';
import { topicsOfNamespace, type NamespaceOptions, type NamespaceTopic } from './namespace-topics.js';

export interface Durability {
  /** 3 in production; 1 on the one node of a local stack. */
  readonly replicationFactor: number;
  /** 2 in production: an ack then means that two brokers have it. */
  readonly minInsyncReplicas: number;
}

// The package is CommonJS, and Node finds none of these names in it.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP, cluster: AclResourceTypes.CLUSTER } as const;
const PATTERNS = { literal: ResourcePatternTypes.LITERAL, prefixed: ResourcePatternTypes.PREFIXED } as const;
const OPERATIONS = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
  create: AclOperationTypes.CREATE,
  'idempotent-write': AclOperationTypes.IDEMPOTENT_WRITE,
} as const;
const ANY_HOST = '*';
const ANY_RULE = { resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
/** Rules reach a broker within milliseconds; half a minute is for one that has just started. */
const ACCESS_TRIES = 300;
const ACCESS_POLL = millis(100);
const WRITERS_TIME = { 'message.timestamp.type': 'CreateTime' } as const;


const entryOf = ({ principal, resource, name, pattern, operation }: Acl): Parameters<Admin['createAcls']>[0]['acl'][number] => ({
  resourceType: RESOURCES[resource],
  resourceName: name,
  resourcePatternType: PATTERNS[pattern],
  principal: `User:${principal}`,
  host: ANY_HOST,
  operation: OPERATIONS[operation],
  permissionType: AclPermissionTypes.ALLOW,
});

type Rule = Pick<ReturnType<typeof entryOf>, 'resourceType' | 'resourceName' | 'resourcePatternType' | 'principal' | 'operation'>;

const nameOf = (rule: Omit<Rule, 'resourcePatternType'> & { readonly resourcePatternType?: number }): string =>
  [rule.resourceType, rule.resourceName, rule.resourcePatternType, rule.principal, rule.operation].join(' ');

/** Makes and checks namespaces; needs a principal that may create topics and access rules. */
export class KafkaAdmin {
  readonly #admin: Admin;
  #connected: Promise<void> | undefined;

  constructor(options: KafkaOptions) {
    this.#admin = kafkajsClient(options).admin();
  }

  /**
   * Makes the topics that are missing; run again with a further tenant it makes that one's doors. Returns the names of those it made.
   * Throws `NAMESPACE_MISMATCH` where a topic is there with another number of partitions.
   */
  async createTopics(options: NamespaceOptions, durability: Durability): Promise<readonly string[]> {
    return this.#createTopics(options, durability, {});
  }

  /** Makes topics that take records with the times they once had, until `openRestored`. Throws `NAMESPACE_MISMATCH` where any is there already. */
  async createForRestore(options: NamespaceOptions, durability: Durability): Promise<void> {
    const wanted = topicsOfNamespace(options).length;
    if ((await this.#missing(options)).length < wanted) throw new CountersignError('NAMESPACE_MISMATCH', `the namespace \`${options.namespace}\` has topics already`, { hint: 'an archive is restored into a Kafka that has none of it' });
    await this.#createTopics(options, durability, WRITERS_TIME);
  }

  /** Makes topics that were restored as those that are made for use: from now on the time of a record is the broker's. */
  async openRestored(options: NamespaceOptions, { minInsyncReplicas }: Durability): Promise<void> {
    await this.#ask('to configure topics', (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: topicsOfNamespace(options).map(({ topic, config }) => ({ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: Object.entries({ ...config, 'min.insync.replicas': String(minInsyncReplicas) }).map(([name, value]) => ({ name, value })) })),
      }),
    );
  }

  async #createTopics(options: NamespaceOptions, { replicationFactor, minInsyncReplicas }: Durability, over: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const missing = await this.#missing(options);
    if (missing.length === 0) return [];
    await this.#ask('to create topics', (admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries({ ...config, ...over, 'min.insync.replicas': String(minInsyncReplicas) }).map(([name, value]) => ({ name, value })),
        })),
      }),
    );
    return missing.map(({ topic }) => topic);
  }

  /** Has a partition begin at an offset: what lies before it is gone, as it is when retention is over. */
  async deleteBefore({ topic, partition }: TopicPartition, offset: number): Promise<void> {
    await persist(PATIENCE, () =>
      this.#ask('to delete records', async (admin) => {
        // kafkajs deletes only where it has asked for the topic before.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      }),
    );
  }

  /** Throws `NAMESPACE_MISMATCH` where topics are missing or have another number of partitions. */
  async verifyTopics(options: NamespaceOptions): Promise<void> {
    const missing = await this.#missing(options);
    if (missing.length === 0) return;
    throw new CountersignError('NAMESPACE_MISMATCH', `the namespace \`${options.namespace}\` lacks ${missing.map(({ topic }) => `\`${topic}\``).join(', ')}`, {
      hint: 'create the topics of the namespace first',
    });
  }

  /** Grants what the map of topics says, and sandboxes to their own user; what is granted already stays. Resolves when the brokers act on it. */
  async grantAccess(namespace: string, tenants: readonly string[]): Promise<void> {
    const wanted = [...aclsOf(namespace, tenants), ...sandboxAcls()].map(entryOf);
    await this.#ask('to grant access', (admin) => admin.createAcls({ acl: wanted }));
    // The controller acknowledges rules before the brokers have them.
    for (let tries = 0; tries < ACCESS_TRIES; tries += 1) {
      const { resources } = await this.#ask('to list access rules', (admin) => admin.describeAcls(ANY_RULE));
      const known = new Set(resources.flatMap(({ acls, ...resource }) => acls.map((acl) => nameOf({ ...resource, ...acl }))));
      if (wanted.every((entry) => known.has(nameOf(entry)))) return;
      await sleep(ACCESS_POLL);
    }
    throw new CountersignError('BROKER_REFUSED', 'the access rules are not in force', { retry: 'later' });
  }

  async close(): Promise<void> {
    await this.#connected?.catch(() => undefined);
    await this.#admin.disconnect();
  }

  async #missing(options: NamespaceOptions): Promise<readonly NamespaceTopic[]> {
    const wanted = topicsOfNamespace(options);
    const found = await this.#ask('to list topics', async (admin) => {
      const there = new Set(await admin.listTopics());
      const { topics } = await admin.fetchTopicMetadata({ topics: wanted.map(({ topic }) => topic).filter((topic) => there.has(topic)) });
      return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    });
    const different = wanted.filter(({ topic, partitions }) => found.has(topic) && found.get(topic) !== partitions);
    if (different.length > 0) {
      throw new CountersignError(
        'NAMESPACE_MISMATCH',
        `in the namespace \`${options.namespace}\` ${different.map(({ topic, partitions }) => `\`${topic}\` has ${found.get(topic)} partitions instead of ${partitions}`).join(', ')}`,
        { hint: 'the number of partitions is fixed for the life of a namespace: start with the number it was made with, or use another namespace' },
      );
    }
    return wanted.filter(({ topic }) => !found.has(topic));
  }

  async #ask<Result>(what: string, ask: (admin: Admin) => Promise<Result>): Promise<Result> {
    try {
      await (this.#connected ??= this.#admin.connect());
      return await ask(this.#admin);
    } catch (fault) {
      if (fault instanceof CountersignError) throw fault;
      this.#connected = undefined;
      const unreachable = fault instanceof Error && /Connection|Retries/.test(fault.name);
      // The leader of a partition that was just made is not known everywhere at once.
      const passes = unreachable || (fault instanceof kafkajs.KafkaJSError && fault.retriable);
      throw new CountersignError(unreachable ? 'BROKER_UNREACHABLE' : 'BROKER_REFUSED', `Kafka refused ${what}: ${messageOf(fault)}`, { cause: fault, retry: passes ? 'later' : 'never' });
    }
  }
}
