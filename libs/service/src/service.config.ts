import { readFileSync } from 'node:fs';
import { Transform } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { CountersignError, NAME_PATTERN } from '@countersign/kernel';
import { DEFAULT_NAMESPACE, DEFAULT_PARTITIONS } from '@countersign/contracts';
import { readConfig, type Variables } from './read-config.js';
import { flag, list, number } from './transforms.js';

/** Kafka's own default is 45 s; 10 s let another replica take over soon and survive a long garbage collection. */
export const DEFAULT_SESSION_TIMEOUT_MS = 10_000;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
const MECHANISMS = ['scram-sha-512', 'scram-sha-256', 'plain', 'none'] as const;

/** How to reach Kafka: shared by the services and the command line. */
export class KafkaConfig {
  @Transform(list) @IsArray() @ArrayNotEmpty() @IsString({ each: true }) brokers!: string[];
  @IsIn(MECHANISMS) mechanism: (typeof MECHANISMS)[number] = 'scram-sha-512';
  @IsOptional() @IsString() username?: string;
  /** A file, so that the password is in no process table. */
  @IsOptional() @IsString() passwordFile?: string;
  @Transform(flag) @IsBoolean() tls = false;
  @IsOptional() @IsString() caFile?: string;
  @IsOptional() @IsString() certificateFile?: string;
  @IsOptional() @IsString() certificateKeyFile?: string;
  @Matches(/^[a-z0-9][a-z0-9-]{0,40}$/) namespace = DEFAULT_NAMESPACE;
  @Transform(number) @IsInt() @Min(1) @Max(1_000) partitions = DEFAULT_PARTITIONS;
  /** Tenants whose inbox and outcomes topics exist. */
  @Transform(list) @IsArray() @ArrayNotEmpty() @Matches(new RegExp(NAME_PATTERN), { each: true }) tenants!: string[];
}

export const KAFKA_VARIABLES: Variables = {
  brokers: 'KAFKA_BROKERS',
  mechanism: 'KAFKA_SASL_MECHANISM',
  username: 'KAFKA_USERNAME',
  passwordFile: 'KAFKA_PASSWORD_FILE',
  tls: 'KAFKA_TLS',
  caFile: 'KAFKA_TLS_CA_FILE',
  certificateFile: 'KAFKA_TLS_CERTIFICATE_FILE',
  certificateKeyFile: 'KAFKA_TLS_KEY_FILE',
  namespace: 'COUNTERSIGN_NAMESPACE',
  partitions: 'COUNTERSIGN_PARTITIONS',
  tenants: 'COUNTERSIGN_TENANTS',
};

/** What every service needs. */
export class ServiceConfig extends KafkaConfig {
  /** Name of this replica, such as `planner-2`, for logs and metrics. */
  @IsString() instance!: string;
  /** The service's own Ed25519 key, PKCS #8 PEM, mode 0600. */
  @IsString() keyFile!: string;
  /** Public keys of the people whose controls count. */
  @IsString() rootFile!: string;
  /** Folder of the blob store. */
  @IsString() blobFolder!: string;
  @Matches(/^[a-z0-9.-]+$/) trustDomain = 'countersign.local';
  /** Written once the service works: `{pid, http?}`. */
  @IsOptional() @IsString() readyFile?: string;
  @IsIn(LOG_LEVELS) logLevel: (typeof LOG_LEVELS)[number] = 'info';
  @Transform(number) @IsInt() @Min(1_000) @Max(300_000) sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS;
}

export const SERVICE_VARIABLES: Variables = {
  ...KAFKA_VARIABLES,
  instance: 'SERVICE_NAME',
  keyFile: 'COUNTERSIGN_KEY_FILE',
  rootFile: 'COUNTERSIGN_ROOT_FILE',
  blobFolder: 'COUNTERSIGN_BLOB_FOLDER',
  trustDomain: 'COUNTERSIGN_TRUST_DOMAIN',
  readyFile: 'READY_FILE',
  logLevel: 'LOG_LEVEL',
  sessionTimeoutMs: 'COUNTERSIGN_SESSION_TIMEOUT_MS',
};

/** Reads a service's configuration: the shared part and, where the service has more, its own. */
export const readServiceConfig = <Config extends ServiceConfig>(type: new () => Config, env: NodeJS.ProcessEnv, own: Variables = {}): Config =>
  readConfig(type, env, { ...SERVICE_VARIABLES, ...own });

/** Content of a secret's file without its final line break; throws `CONFIG_INVALID`. */
export const readSecret = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the secret file \`${path}\` cannot be read`, { cause });
  }
};
