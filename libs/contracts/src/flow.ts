/**
 * The one map of topics: who writes, who reads, what the key is, how long it stays.
 * Topic creation, Kafka ACLs, the AsyncAPI document, sandbox namespaces and the topology test are derived from it.
 */
import { days, isName, type Millis } from '@countersign/kernel';

export const SERVICES = ['gateway', 'planner', 'policy', 'approvals', 'executor', 'slack', 'ledger', 'webhooks'] as const;
export type Service = (typeof SERVICES)[number];

/** Those that run everywhere. The others run where something outside is connected to them. */
export const CORE_SERVICES = SERVICES.filter((service) => service !== 'slack' && service !== 'webhooks');

/** Services that own partitions of an output topic and keep state per partition. The others relay: stateless, read at least once, ids stable. */
export const OWNERS = ['planner', 'policy', 'approvals', 'executor', 'slack'] as const satisfies readonly Service[];
export type Owner = (typeof OWNERS)[number];

/** A Kafka principal: a service, the people's command line, or the upstream systems of one tenant. */
export type Writer = Service | 'operator' | 'upstream';

export type Topic = 'tasks' | 'proposals' | 'decisions' | 'approvals' | 'executions' | 'cards' | 'ledger' | 'anchor' | 'controls' | 'ballots' | 'inbox' | 'outcomes';

/**
 * `log`: co-partitioned, keyed by tenant/workflow, signed by its service.
 * `controls`: one partition, signed by people. `anchor`: one partition, signed by its service: what the archive says of itself.
 * `door`: several writers, no epochs, read at least once.
 */
export type TopicKind = 'log' | 'controls' | 'anchor' | 'door';

export interface TopicFlow {
  readonly kind: TopicKind;
  readonly writers: readonly Writer[];
  readonly readers: readonly Writer[];
  /** One topic per tenant: `<ns>.inbox.<tenant>`. */
  readonly perTenant?: true;
  /** Each partition has one writer at a time, which claims it (its writer epoch). */
  readonly claimed?: true;
  /** How long Kafka keeps records; `undefined` for ever. */
  readonly retention?: Millis;
}

/** Long enough to look back over a weekend and repair; the archive keeps everything. */
export const LOG_RETENTION = days(14);
/** What upstream systems sent and were told. */
export const DOOR_RETENTION = days(7);

export const FLOW: Readonly<Record<Topic, TopicFlow>> = {
  inbox: { kind: 'door', perTenant: true, writers: ['upstream', 'operator'], readers: ['gateway', 'ledger'], retention: DOOR_RETENTION },
  outcomes: { kind: 'door', perTenant: true, writers: ['gateway'], readers: ['upstream', 'operator', 'ledger'], retention: DOOR_RETENTION },
  ballots: { kind: 'door', writers: ['operator', 'slack'], readers: ['gateway', 'approvals', 'ledger'], retention: DOOR_RETENTION },
  controls: { kind: 'controls', writers: ['operator'], readers: [...SERVICES, 'operator'] },
  tasks: { kind: 'log', writers: ['gateway'], readers: ['planner', 'policy', 'ledger', 'operator'], retention: LOG_RETENTION },
  proposals: { kind: 'log', claimed: true, writers: ['planner'], readers: ['gateway', 'policy', 'planner', 'slack', 'ledger', 'operator'], retention: LOG_RETENTION },
  decisions: { kind: 'log', claimed: true, writers: ['policy'], readers: ['planner', 'approvals', 'executor', 'policy', 'ledger', 'operator'], retention: LOG_RETENTION },
  approvals: { kind: 'log', claimed: true, writers: ['approvals'], readers: ['policy', 'approvals', 'slack', 'ledger', 'webhooks', 'operator'], retention: LOG_RETENTION },
  executions: { kind: 'log', claimed: true, writers: ['executor'], readers: ['planner', 'policy', 'approvals', 'executor', 'slack', 'ledger', 'operator'], retention: LOG_RETENTION },
  cards: { kind: 'log', claimed: true, writers: ['slack'], readers: ['slack', 'ledger', 'operator'], retention: LOG_RETENTION },
  ledger: { kind: 'log', writers: ['ledger'], readers: ['ledger', 'operator'], retention: LOG_RETENTION },
  anchor: { kind: 'anchor', writers: ['ledger'], readers: ['ledger', 'operator'], retention: LOG_RETENTION },
};

export const TOPICS = Object.keys(FLOW) as readonly Topic[];

/** Controls and the anchor are one row of events for everybody. */
export const hasOnePartition = (topic: Topic): boolean => FLOW[topic].kind === 'controls' || FLOW[topic].kind === 'anchor';

/** How many partitions a topic has in a namespace whose log has `partitions`. */
export const partitionCountOf = (topic: Topic, partitions: number): number => (hasOnePartition(topic) ? 1 : partitions);

/** What a service consumes in its group, apart from its own output and the controls. */
export const inputsOf = (service: Service): readonly Topic[] =>
  TOPICS.filter((topic) => FLOW[topic].readers.includes(service) && !FLOW[topic].writers.includes(service) && topic !== 'controls');

/** The topic whose partitions a service owns. */
export const outputOf = (service: Owner): Topic => {
  const topic = TOPICS.find((candidate) => FLOW[candidate].claimed && FLOW[candidate].writers.includes(service));
  if (!topic) throw new Error(`no output topic for ${service}`);
  return topic;
};

/** Production default, and what the local stack uses unless told otherwise; fixed for the life of a namespace. */
export const DEFAULT_PARTITIONS = 4;
export const DEFAULT_NAMESPACE = 'countersign';

/** Kafka name of a topic; `tenant` is for those that each tenant has its own of, and is required there. */
export const topicName = (namespace: string, topic: Topic, tenant?: string): string => {
  if (!FLOW[topic].perTenant) return `${namespace}.${topic}`;
  if (tenant === undefined) throw new Error(`${topic} needs a tenant`);
  return `${namespace}.${topic}.${tenant}`;
};

export const snapshotTopic = (namespace: string, service: Owner): string => `${namespace}.snapshots.${service}`;
export const deadLetterTopic = (namespace: string, service: Service): string => `${namespace}.dlq.${service}`;

/** Name of a topic without its namespace: `inbox.acme`, `tasks`; this is what `causes` carries, so that a replay keeps it. */
export const localName = (namespace: string, kafkaTopic: string): string => kafkaTopic.slice(namespace.length + 1);

/** The entry of the map for a local name. */
export const topicOf = (local: string): Topic | undefined => {
  const [head = '', tenant, ...more] = local.split('.');
  const topic = TOPICS.find((candidate) => candidate === head);
  if (topic === undefined || more.length > 0) return undefined;
  const fits = FLOW[topic].perTenant ? tenant !== undefined && isName(tenant) : tenant === undefined;
  return fits ? topic : undefined;
};

/** The ordering key: everything of one workflow is in one partition of each topic of the log. */
export const orderingKey = (tenant: string, workflow: string): string => `${tenant}/${workflow}`;
