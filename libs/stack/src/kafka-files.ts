import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CountersignError, isJsonObject } from '@countersign/kernel';
import { KAFKA_DEPLOY_DIR } from './jars.js';
import { readJson, writePrivateFile, writePrivateJson } from './private-file.js';
import { isProcessIdentity, type ProcessIdentity } from './process-table.js';

/** A SCRAM-SHA-512 principal. Without a password a random one is made, and kept with the data. */
export interface KafkaUser {
  readonly name: string;
  readonly password?: string;
}

/** Formats, owns the node, and is the only super user. */
export const KAFKA_ADMIN = 'admin';

/** What is remembered between two starts; it is there only if the log was formatted to the end. */
export interface KafkaMemory {
  readonly clusterId: string;
  readonly ports: readonly [client: number, controller: number];
  readonly logDir: string;
  readonly process?: ProcessIdentity;
}

const isMemory = (value: unknown): value is KafkaMemory =>
  isJsonObject(value) &&
  typeof value['clusterId'] === 'string' &&
  typeof value['logDir'] === 'string' &&
  Array.isArray(value['ports']) &&
  value['ports'].every((port) => typeof port === 'number') &&
  (value['process'] === undefined || isProcessIdentity(value['process']));

const isCredentials = (value: unknown): value is Readonly<Record<string, string>> =>
  isJsonObject(value) && Object.values(value).every((password) => typeof password === 'string');

export interface KafkaFiles {
  readonly memory: string;
  readonly credentials: string;
  readonly properties: string;
  readonly logging: string;
  readonly log: string;
  /** What Java prints before there is a log, and when it dies. */
  readonly console: string;
  readonly arguments: string;
}

export const kafkaFiles = (dataDir: string): KafkaFiles => ({
  memory: join(dataDir, 'kafka.json'),
  credentials: join(dataDir, 'credentials.json'),
  properties: join(dataDir, 'server.properties'),
  logging: join(dataDir, 'log4j2.properties'),
  log: join(dataDir, 'kafka.log'),
  console: join(dataDir, 'kafka.out'),
  arguments: join(dataDir, 'format.args'),
});

/** These go into JAAS strings, a properties file and a bracketed list, each with quoting of its own: so, no character that needs any. */
const SAFE = /^[\w.~-]+$/;

/** 192 bits; nobody types it. */
const newPassword = (): string => randomBytes(24).toString('base64url').replace(/^-/, 'A');

/** A cluster id as Kafka makes them; one that starts with `-` would be taken for an option. */
export const newClusterId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

/** Names to passwords: the kept ones, and for new data those asked for. Throws `CONFIG_INVALID` when data and wishes do not go together. */
export const credentialsFor = (
  users: readonly KafkaUser[],
  kept: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> => {
  const credentials: Record<string, string> = { ...kept };
  for (const { name, password } of [...users, ...(users.some((user) => user.name === KAFKA_ADMIN) ? [] : [{ name: KAFKA_ADMIN, password: undefined }])]) {
    const known = credentials[name];
    if (kept !== undefined && (known === undefined || (password !== undefined && password !== known))) {
      throw new CountersignError('CONFIG_INVALID', `the Kafka data here was made ${known === undefined ? 'without the user' : 'with another password of'} \`${name}\``, {
        hint: 'users are made when the data folder is formatted: remove the data folder, or use another one',
      });
    }
    if (!SAFE.test(name) || (password !== undefined && !SAFE.test(password))) {
      throw new CountersignError('CONFIG_INVALID', `name and password of the Kafka user \`${name}\` may hold letters, digits and \`_ . ~ -\` only`);
    }
    credentials[name] = known ?? password ?? newPassword();
  }
  return credentials;
};

/** Java reads properties as Latin-1 with escapes. */
const escapeProperty = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Fills each `${name}` of a template; throws `CONFIG_INVALID` for a name that has no value. */
export const fillTemplate = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replaceAll(/^(?!#)(.*)$/gm, (line) =>
    line.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new CountersignError('CONFIG_INVALID', `the template uses \`${name}\`, which has no value`);
      return escapeProperty(value);
    }),
  );

export const readMemory = (dataDir: string): KafkaMemory | undefined => readJson(kafkaFiles(dataDir).memory, isMemory);

export const writeMemory = (dataDir: string, memory: KafkaMemory): void => writePrivateJson(kafkaFiles(dataDir).memory, memory);

export const readCredentials = (dataDir: string): Readonly<Record<string, string>> | undefined =>
  readJson(kafkaFiles(dataDir).credentials, isCredentials);

const template = (name: string): string => readFileSync(join(KAFKA_DEPLOY_DIR, name), 'utf8');

/** Writes what the node reads at its start; ports may have changed since the last one. Of a name that is there twice Java takes the last. */
export const writeConfiguration = (dataDir: string, memory: KafkaMemory, adminPassword: string, further = ''): void => {
  const files = kafkaFiles(dataDir);
  if (memory.logDir.includes(',')) throw new CountersignError('CONFIG_INVALID', `Kafka cannot keep its log in \`${memory.logDir}\`: a comma separates folders`);
  writePrivateFile(
    files.properties,
    fillTemplate(`${template('server.properties')}\n${further}`, {
      clientPort: String(memory.ports[0]),
      controllerPort: String(memory.ports[1]),
      logDir: resolve(memory.logDir),
      adminPassword,
    }),
  );
  writePrivateFile(files.logging, fillTemplate(template('log4j2.properties'), { logFile: resolve(files.log) }));
};
