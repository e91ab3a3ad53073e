import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KafkaBroker } from '@countersign/bus';
import { DEFAULT_NAMESPACE, DEFAULT_PARTITIONS, CORE_SERVICES, type Service } from '@countersign/contracts';
import { KAFKA_ADMIN, stackDown, stackUp, WORKSPACE_ROOT, type StackState } from '@countersign/stack';
import { TENANT, workflowsFor, writeConfig } from './bench-config.js';
import { CALLS_VARIABLE } from './call-log.js';
import { WITHOUT_ARCHIVE } from './without-archive.js';
import { PROFILE_VARIABLE } from './profile-variable.js';

const execute = promisify(execFile);
const DEFINITION = fileURLToPath(new URL('./stack-definition.js', import.meta.url));
export const CLI = join(WORKSPACE_ROOT, 'apps/cli/dist/bundle/main.js');

/** A stack of its own, with data of its own, whatever else runs on the machine. */
export class BenchStack {
  readonly namespace = DEFAULT_NAMESPACE;
  readonly partitions = DEFAULT_PARTITIONS;
  readonly workflows = workflowsFor(DEFAULT_PARTITIONS);
  readonly brokers: readonly string[];
  /** Kafka's own user: no access rule is looked up for it, on neither side. */
  readonly sasl: { readonly username: string; readonly password: string };
  readonly broker: KafkaBroker;

  private constructor(
    readonly folder: string,
    private readonly state: StackState,
  ) {
    this.brokers = state.kafka?.brokers ?? [];
    const credentials = JSON.parse(readFileSync(join(folder, 'kafka/credentials.json'), 'utf8')) as Record<string, string>;
    this.sasl = { username: KAFKA_ADMIN, password: credentials[KAFKA_ADMIN] ?? '' };
    this.broker = new KafkaBroker({ brokers: this.brokers, clientId: 'bench', sasl: this.sasl });
  }

  static async up(folder: string, options: { readonly profile: string | undefined; readonly callsFile?: string; readonly isArchiving?: boolean; readonly onStep: (step: string) => void }): Promise<BenchStack> {
    const { profile, callsFile, isArchiving = true, onStep } = options;
    const { state } = await stackUp({
      stackDir: folder,
      definition: DEFINITION,
      env: { ...OWN_PARTS, COUNTERSIGN_TENANTS: TENANT, LOG_LEVEL: 'warn', ...(profile === undefined ? {} : { [PROFILE_VARIABLE]: profile }), ...(callsFile === undefined ? {} : { [CALLS_VARIABLE]: callsFile }), ...(isArchiving ? {} : { [WITHOUT_ARCHIVE]: 'true' }) },
      onChange: ({ step }) => onStep(step),
    });
    return new BenchStack(folder, state);
  }

  /** Puts the bench's configuration in force, as a person would. */
  async configure(): Promise<void> {
    const folder = join(this.folder, 'config');
    writeConfig(folder, this.workflows);
    await execute(process.execPath, [CLI, 'config', 'apply', folder, '--yes', '--data', this.folder]);
  }

  /** Process ids by name. */
  get services(): Readonly<Record<Service, number>> {
    return Object.fromEntries(CORE_SERVICES.map((service) => [service, this.pidOf(service)])) as Record<Service, number>;
  }

  get others(): Readonly<Record<'kafka' | 'postgres', number>> {
    return { kafka: this.pidOf('kafka'), postgres: this.pidOf('postgres') };
  }

  private pidOf(name: string): number {
    const part = this.state.parts[name];
    if (!part) throw new Error(`the stack has no \`${name}\``);
    return part.pid;
  }

  async close(): Promise<void> {
    await this.broker.close();
    await stackDown(this.folder);
  }
}

/** Both sides are measured on a Kafka of ours, and nobody else's is filled with benches. */
export const OWN_PARTS = { KAFKA_BROKERS: '', DATABASE_URL: '' };
