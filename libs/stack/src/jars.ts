import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError } from '@countersign/kernel';
import { readStackEnvironment, WORKSPACE_ROOT, type StackEnvironment } from './environment.js';

/** The pom and the templates of the local Kafka node. */
export const KAFKA_DEPLOY_DIR = join(WORKSPACE_ROOT, 'deploy/local/kafka');

/** The pom is the one place that names the version. */
export const kafkaVersion = (): string => {
  const version = /<kafka\.version>([^<]+)</.exec(readFileSync(join(KAFKA_DEPLOY_DIR, 'pom.xml'), 'utf8'))?.[1];
  if (version === undefined) throw new CountersignError('CONFIG_INVALID', '`deploy/local/kafka/pom.xml` names no `kafka.version`');
  return version;
};

/** The broker's own jar: a folder without it is no folder of Kafka jars. */
const hasBroker = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some((name) => /^kafka_2\.13-.*\.jar$/.test(name));

/**
 * The folder of Kafka jars: `COUNTERSIGN_KAFKA_LIBS`, or the cache that the bootstrap script fills.
 * Throws `KAFKA_JARS_MISSING` with what to do.
 */
export const findKafkaJars = (environment: StackEnvironment = readStackEnvironment()): string => {
  const folder = environment.kafkaLibs ?? join(environment.cacheDir, `kafka-${kafkaVersion()}`, 'libs');
  if (hasBroker(folder)) return folder;
  throw new CountersignError('KAFKA_JARS_MISSING', `no Kafka jars in \`${folder}\``, {
    hint:
      environment.kafkaLibs === undefined
        ? 'run `node scripts/bootstrap.mjs build` once (it needs Java 17 and Maven), or set KAFKA_BROKERS to use a Kafka of your own'
        : 'COUNTERSIGN_KAFKA_LIBS must name a folder that holds the jars of an Apache Kafka 4 distribution',
  });
};
