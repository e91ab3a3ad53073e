import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { upstreamUser, type KafkaOptions } from '@countersign/bus/client';
import { SERVICES, type Service, type Signer } from '@countersign/contracts';
import { fileSigner } from '@countersign/identity';
import { CountersignError } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { readKafkaConfig } from '../connection/kafka.js';
import { stackPaths } from '../dev/stack-paths.js';
import { commandLine } from '../terminal/command-line.js';

/** Everything that could be stolen from a local stack: it lies in the data folder. */
export interface Loot {
  readonly brokers: readonly string[];
  readonly namespace: string;
  readonly partitions: number;
  readonly tenants: readonly [string, ...string[]];
  /** Kafka as one of the principals; with a password of the attacker's own where one is given. */
  kafka(principal: string, password?: string): KafkaOptions;
  key(service: Service): Signer;
}

/** Reads the stack's passwords and keys. Throws `CONFIG_INVALID` where they do not all lie in the data folder: then the stack is none that can be attacked from here. */
export const readLoot = (context: CommandContext): Loot => {
  const { dataDir, env } = context;
  const { brokers, namespace, partitions, tenants: named } = readKafkaConfig(context);
  const [first = '', ...more] = named;
  const tenants: Loot['tenants'] = [first, ...more];
  const passwordFile = (principal: string): string => join(stackPaths(dataDir).secrets, `${principal}.password`);
  const keyFile = (service: Service): string => join(dataDir, 'keys', `${service}.pem`);
  const missing = [...[...SERVICES, 'operator', ...tenants.map(upstreamUser)].map(passwordFile), ...SERVICES.map(keyFile)].filter((file) => !existsSync(file));
  if (missing.length > 0) {
    throw new CountersignError('CONFIG_INVALID', `an attack needs every password and key of a stack that \`dev up\` has made, and \`${missing[0]}\` is not there`, {
      hint: `\`${commandLine('dev up', env)}\` without KAFKA_BROKERS makes such a stack; \`--data\` names its folder`,
    });
  }
  return {
    brokers,
    namespace,
    partitions,
    tenants,
    kafka: (principal, password = readFileSync(passwordFile(principal), 'utf8').trimEnd()) => ({ brokers, clientId: `attack-${principal}`, sasl: { username: principal, password } }),
    key: (service) => fileSigner(service, keyFile(service)),
  };
};
