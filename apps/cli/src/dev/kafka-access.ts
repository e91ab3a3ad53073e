import { join } from 'node:path';
import { SANDBOX_USER, upstreamUser, type KafkaOptions } from '@countersign/bus';
import { SERVICES } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import { KAFKA_VARIABLES, KafkaConfig, kafkaOptions, readConfig } from '@countersign/service';
import type { StackKafka } from '@countersign/stack';
import { loginOf } from './logins.js';
import { writePrivate } from './private-files.js';

/** Kafka principals of a local stack; made when the data are made. */
export const principalsOf = (tenants: readonly string[]): readonly string[] => [...SERVICES, 'operator', SANDBOX_USER, ...tenants.map(upstreamUser)];

/** How each principal reaches Kafka: with its own password on ours, with the settings of the environment on another one, see `logins.ts`. */
export class KafkaAccess {
  constructor(
    private readonly stack: StackKafka,
    private readonly secrets: string,
    tenants: readonly string[],
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {
    if (stack.external) return;
    for (const principal of principalsOf(tenants)) writePrivate(this.passwordFile(principal), `${stack.password(principal)}\n`);
  }

  /** For this process. Throws `CONFIG_INVALID`. */
  kafka(principal: string): KafkaOptions {
    if (!this.stack.external) return { brokers: this.stack.brokers, clientId: `stack-${principal}`, sasl: { username: principal, password: this.stack.password(principal) } };
    return kafkaOptions(this.given(principal), `stack-${principal}`);
  }

  /** For a service's process. */
  environment(principal: string): Record<string, string> {
    if (this.stack.external) return this.variables(principal);
    return { KAFKA_BROKERS: this.stack.brokers.join(','), KAFKA_USERNAME: principal, KAFKA_PASSWORD_FILE: this.passwordFile(principal) };
  }

  /** For `client.json`: the command line is the operator. */
  client(): Record<string, unknown> {
    if (!this.stack.external) return { brokers: this.stack.brokers, mechanism: 'scram-sha-512', username: 'operator', passwordFile: this.passwordFile('operator'), sandbox: { username: SANDBOX_USER, passwordFile: this.passwordFile(SANDBOX_USER) } };
    const { brokers, mechanism, username, passwordFile, tls, caFile, certificateFile, certificateKeyFile } = this.given('operator');
    return { brokers, mechanism, username, passwordFile, tls, caFile, certificateFile, certificateKeyFile };
  }

  private passwordFile(principal: string): string {
    return join(this.secrets, `${principal}.password`);
  }

  private given(principal: string): KafkaConfig {
    return readConfig(KafkaConfig, { COUNTERSIGN_TENANTS: 'any', ...this.env, ...loginOf(principal, this.env) }, KAFKA_VARIABLES);
  }

  private variables(principal: string): Record<string, string> {
    const names = Object.values(KAFKA_VARIABLES).filter((name) => name.startsWith('KAFKA_'));
    const found = Object.fromEntries(names.flatMap((name) => (this.env[name] ? [[name, this.env[name]]] : [])));
    if (!found['KAFKA_BROKERS']) throw new CountersignError('CONFIG_INVALID', 'KAFKA_BROKERS is missing');
    return { ...found, ...loginOf(principal, this.env) };
  }
}
