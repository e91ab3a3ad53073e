import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

/** The same from `src` and from `dist`. */
export const WORKSPACE_ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What the environment says about the local stack; nothing else in this library reads it. */
export interface StackEnvironment {
  /** A folder of Kafka jars to use as it is (`COUNTERSIGN_KAFKA_LIBS`). */
  readonly kafkaLibs: string | undefined;
  /** Where downloads are kept (`COUNTERSIGN_CACHE`, by default `.countersign/cache` of the workspace). */
  readonly cacheDir: string;
  /** The Java launcher: of `JAVA_HOME` if set, otherwise the one in the path. */
  readonly java: string;
  /** Brokers of a Kafka that is not ours (`KAFKA_BROKERS`, comma-separated): then none is started. */
  readonly externalKafka: readonly string[] | undefined;
  /** A PostgreSQL that is not ours (`DATABASE_URL`): then none is started. */
  readonly externalDatabase: string | undefined;
}

const filled = (value: string | undefined): string | undefined => (value === undefined || value.trim() === '' ? undefined : value.trim());

export const readStackEnvironment = (env: Environment = process.env): StackEnvironment => {
  const javaHome = filled(env['JAVA_HOME']);
  const brokers = filled(env['KAFKA_BROKERS'])
    ?.split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  return {
    kafkaLibs: filled(env['COUNTERSIGN_KAFKA_LIBS']),
    cacheDir: resolve(WORKSPACE_ROOT, filled(env['COUNTERSIGN_CACHE']) ?? '.countersign/cache'),
    java: javaHome === undefined ? 'java' : resolve(javaHome, 'bin/java'),
    externalKafka: brokers,
    externalDatabase: filled(env['DATABASE_URL']),
  };
};
