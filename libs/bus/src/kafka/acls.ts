import { deadLetterTopic, FLOW, OWNERS, SERVICES, snapshotTopic, topicName, TOPICS, type Topic, type Writer } from '@countersign/contracts';

export type AclOperation = 'read' | 'write' | 'describe' | 'create' | 'idempotent-write';

/** One thing that one principal may do. Whatever no entry allows is refused (`allow.everyone.if.no.acl.found=false`). */
export interface Acl {
  /** Kafka user, without `User:`. */
  readonly principal: string;
  readonly resource: 'topic' | 'group' | 'cluster';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  readonly operation: AclOperation;
}

/** Kafka's name of the cluster as a resource. */
const CLUSTER = 'kafka-cluster';

/** Kafka user of a tenant's upstream systems. */
export const upstreamUser = (tenant: string): string => `upstream-${tenant}`;

/** Names of sandboxes begin so: what is written there is a copy, and nobody acts on it outside. */
const SANDBOXES = 'sbx-';
/** Kafka user of whoever fills and reads sandboxes. */
export const SANDBOX_USER = 'sbx-replay';

/** Everything in sandboxes, and nothing besides: no other topic can even be seen. */
export const sandboxAcls = (): readonly Acl[] => [
  ...(['create', 'read', 'write', 'describe'] as const).map((operation): Acl => ({ principal: SANDBOX_USER, resource: 'topic', name: SANDBOXES, pattern: 'prefixed', operation })),
  { principal: SANDBOX_USER, resource: 'group', name: SANDBOXES, pattern: 'prefixed', operation: 'read' },
  { principal: SANDBOX_USER, resource: 'cluster', name: CLUSTER, pattern: 'literal', operation: 'idempotent-write' },
];

/** Kafka users of a writer or reader of a topic; of upstreams only the tenant's whose topic it is. */
const principalsOf = (writer: Writer, tenant: string | undefined): readonly string[] => {
  if (writer !== 'upstream') return [writer];
  return tenant === undefined ? [] : [upstreamUser(tenant)];
};

const topicAcls = (namespace: string, topic: Topic, tenant: string | undefined): readonly Acl[] => {
  const name = topicName(namespace, topic, tenant);
  const entries = (roles: readonly Writer[], operation: AclOperation): readonly Acl[] =>
    roles.flatMap((role) => principalsOf(role, tenant).map((principal) => ({ principal, resource: 'topic', name, pattern: 'literal', operation }) as const));
  return [...entries(FLOW[topic].writers, 'write'), ...entries(FLOW[topic].readers, 'read')];
};

const own = (principal: string, name: string, ...operations: readonly AclOperation[]): readonly Acl[] =>
  operations.map((operation) => ({ principal, resource: 'topic', name, pattern: 'literal', operation }));

/** The group of its own name, and those whose names begin with it and a dot: `countersign.upstream-acme` is not the start of `countersign.upstream-acme2`. */
const groupAcls = (principal: string, namespace: string): readonly Acl[] => [
  { principal, resource: 'group', name: `${namespace}.${principal}`, pattern: 'literal', operation: 'read' },
  { principal, resource: 'group', name: `${namespace}.${principal}.`, pattern: 'prefixed', operation: 'read' },
];

/**
 * Who may do what in a namespace, derived from the map of topics. Reading and writing imply to see a topic.
 * Services have their own snapshots and dead letters; people read dead letters and see how far groups are; nobody creates topics.
 */
export const aclsOf = (namespace: string, tenants: readonly string[]): readonly Acl[] => {
  const upstreams = tenants.map(upstreamUser);
  return [
    ...TOPICS.flatMap((topic) => (FLOW[topic].perTenant ? tenants.flatMap((tenant) => topicAcls(namespace, topic, tenant)) : topicAcls(namespace, topic, undefined))),
    ...OWNERS.flatMap((service) => own(service, snapshotTopic(namespace, service), 'read', 'write')),
    ...SERVICES.flatMap((service) => own(service, deadLetterTopic(namespace, service), 'read', 'write')),
    ...SERVICES.flatMap((service) => own('operator', deadLetterTopic(namespace, service), 'read')),
    ...[...SERVICES, ...upstreams].flatMap((principal) => groupAcls(principal, namespace)),
    { principal: 'operator', resource: 'group', name: `${namespace}.`, pattern: 'prefixed', operation: 'describe' },
    // Brokers before 2.8 ask for it; later ones are content with the right to write to any topic.
    ...[...SERVICES, 'operator', ...upstreams].map((principal): Acl => ({ principal, resource: 'cluster', name: CLUSTER, pattern: 'literal', operation: 'idempotent-write' })),
  ];
};
