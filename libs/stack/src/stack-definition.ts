import { pathToFileURL } from 'node:url';
import { CountersignError, isJsonObject, messageOf } from '@countersign/kernel';
import type { RestartPolicy } from './keep-running.js';
import type { KafkaOptions } from './kafka-broker.js';
import type { PostgresOptions } from './postgres.js';
import type { ServiceSpec } from './service-process.js';

/** What the services of a stack are prepared with. */
export interface StackContext {
  /** Where the stack keeps its files; each part has its own folder there. */
  readonly stackDir: string;
  readonly kafka: StackKafka | undefined;
  readonly postgres: StackPostgres | undefined;
  /** Tells whoever waits for the stack what is being done. */
  step(text: string): void;
}

export type StackKafka =
  | { readonly external: false; readonly brokers: readonly string[]; password(user: string): string }
  /** Of `KAFKA_BROKERS`; how to log in there is the caller's to know. */
  | { readonly external: true; readonly brokers: readonly string[] };

export interface StackPostgres {
  readonly external: boolean;
  readonly url: string;
  /** Makes the database if it is not there, and answers its URL; on an external PostgreSQL that may be refused. `anew`: one that is there is dropped first. */
  database(name: string, options?: { readonly anew?: boolean }): Promise<string>;
}

/** A stack, as a module exports it under the name `stackDefinition`: it is loaded by the process that runs the stack. */
export interface StackDefinition {
  /** Left out, the stack has no Kafka; with `KAFKA_BROKERS` set, none is started. */
  readonly kafka?: Pick<KafkaOptions, 'users' | 'logDir' | 'heapMb'>;
  /** Left out, the stack has no PostgreSQL; with `DATABASE_URL` set, none is started. */
  readonly postgres?: Pick<PostgresOptions, 'database'>;
  readonly restart?: RestartPolicy;
  /** Called for a Kafka of `KAFKA_BROKERS`, before anything is started; throws where it cannot be reached. One that we start is waited for anyway. */
  reach?(brokers: readonly string[]): Promise<void>;
  /** Called once, when Kafka and PostgreSQL answer: topics, access rules, keys. Answers the services to start. */
  prepare(context: StackContext): Promise<readonly ServiceSpec[]>;
}

const isDefinition = (value: unknown): value is StackDefinition => isJsonObject(value) && typeof Reflect.get(value, 'prepare') === 'function';

/** Loads the module at `path`; throws `CONFIG_INVALID` when it has no `stackDefinition`. */
export const loadDefinition = async (path: string): Promise<StackDefinition> => {
  const module: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw new CountersignError('CONFIG_INVALID', `\`${path}\` cannot be loaded: ${messageOf(cause)}`, { cause });
  });
  const definition: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, 'stackDefinition') : undefined;
  if (!isDefinition(definition)) throw new CountersignError('CONFIG_INVALID', `\`${path}\` exports no \`stackDefinition\``);
  return definition;
};
