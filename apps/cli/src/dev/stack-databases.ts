import { DEFAULT_NAMESPACE } from '@countersign/contracts';

/** A name that PostgreSQL takes without quotes. */
const nameOf = (namespace: string): string => namespace.replaceAll('-', '_');

/** The read model of a namespace: stacks that share a PostgreSQL keep apart as they do on a Kafka. */
export const databaseOf = (namespace: string): string => nameOf(namespace);

/** What the payments service of the examples keeps. */
export const examplesDatabaseOf = (namespace: string): string => (namespace === DEFAULT_NAMESPACE ? 'refund_desk' : `${nameOf(namespace)}_refund_desk`);
