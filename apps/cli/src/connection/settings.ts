import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CountersignError, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { CLIENT_FILE } from '../data-dir.js';
import { commandLine } from '../terminal/command-line.js';

/** Variables of the command line alone; those of Kafka are the services' own, see libs/service. */
export const CLIENT_VARIABLES = {
  ledgerUrl: 'COUNTERSIGN_LEDGER_URL',
  ledgerTokenFile: 'COUNTERSIGN_LEDGER_TOKEN_FILE',
  archiveUrl: 'ARCHIVE_URL',
  archiveAnchor: 'COUNTERSIGN_ARCHIVE_ANCHOR',
  dataKeys: 'COUNTERSIGN_DATA_KEYS',
  archiveWitnesses: 'COUNTERSIGN_ARCHIVE_WITNESSES',
  person: 'COUNTERSIGN_PERSON',
  personKeyFile: 'COUNTERSIGN_PERSON_KEY_FILE',
  rootFile: 'COUNTERSIGN_ROOT_FILE',
  trustDomain: 'COUNTERSIGN_TRUST_DOMAIN',
  sandboxUsername: 'COUNTERSIGN_SANDBOX_USERNAME',
  sandboxPasswordFile: 'COUNTERSIGN_SANDBOX_PASSWORD_FILE',
} as const;

/**
 * How to reach a stack: `client.json` of the data folder, which `dev up` writes, and over it the environment.
 *
 * The file: `schema` 1; `namespace`, `partitions`, `tenants`, `trustDomain`; `brokers`, `mechanism`, `username`, `passwordFile`, `tls`, `caFile`,
 * `certificateFile`, `certificateKeyFile` as in `KafkaConfig`; `ledger: {url, tokenFile}`; `person: {subject, keyFile}`, and `approver` alike
 * where somebody else votes; `rootFile`; `archive: {url, anchor, witnesses}`; `sandbox: {username, passwordFile}` of whoever fills sandboxes. Paths may be
 * relative to the folder.
 */
export interface Settings {
  /** Where the settings came from, for messages. */
  readonly file: string;
  /** Whether there is a file at all: without one and without an environment, no stack is known. */
  readonly found: boolean;
  /** Text of a field (`ledger.url`), or of the variable that stands over it. */
  get(field: string, variable: string): string | undefined;
  /** The same for a path, made absolute. */
  path(field: string, variable: string): string | undefined;
  /** Fields of Kafka as the environment would have them. */
  kafka(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  /** What to throw where a part is not known. */
  missing(what: string, variable: string): CountersignError;
}

const SCHEMA = 1;
/** Fields of `KafkaConfig` that are paths. */
export const KAFKA_PATHS: ReadonlySet<string> = new Set(['passwordFile', 'caFile', 'certificateFile', 'certificateKeyFile']);

const readFile = (file: string): JsonObject | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new CountersignError('CONFIG_INVALID', `\`${file}\` cannot be read`, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `\`${file}\` is no JSON`, { cause });
  }
  if (!isJsonObject(value) || value['schema'] !== SCHEMA) throw new CountersignError('CONFIG_INVALID', `\`${file}\` is of another version of countersign`, { hint: 'bring the stack down and up again' });
  return value;
};

const textOf = (value: Json | undefined): string | undefined => {
  if (Array.isArray(value)) return value.join(',');
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
};

const fieldOf = (content: JsonObject | undefined, field: string): string | undefined => {
  let here: Json | undefined = content;
  for (const part of field.split('.')) here = here !== undefined && isJsonObject(here) ? here[part] : undefined;
  return textOf(here);
};

export const readSettings = ({ dataDir, env }: Pick<CommandContext, 'dataDir' | 'env'>): Settings => {
  const file = join(dataDir, CLIENT_FILE);
  const content = readFile(file);
  const get = (field: string, variable: string): string | undefined => env[variable] || fieldOf(content, field);
  const path = (field: string, variable: string): string | undefined => {
    const inFile = fieldOf(content, field);
    // A path of the environment is the shell's, and relative to where that is.
    return env[variable] ? resolve(env[variable]) : inFile === undefined ? undefined : resolve(dataDir, inFile);
  };
  return {
    file,
    found: content !== undefined,
    get,
    path,
    kafka: (variables) => Object.fromEntries(Object.entries(variables).map(([field, variable]) => [variable, KAFKA_PATHS.has(field) ? path(field, variable) : get(field, variable)])),
    missing: (what, variable) =>
      content === undefined
        ? new CountersignError('STACK_NOT_RUNNING', `no stack is known here: there is no \`${file}\``, { hint: `\`${commandLine('dev up', env)}\`, or \`--data\` with the folder of one, or set ${variable}` })
        : new CountersignError('CONFIG_INVALID', `${what} is not in \`${file}\``, { hint: `set ${variable}, or bring the stack down and up again` }),
  };
};
