import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { KafkaBroker } from '@countersign/bus';
import { deadLetterTopic, partitionCountOf, partitionOf, topicName, type Service, type Topic } from '@countersign/contracts';
import { openKeyStore, Seals } from '@countersign/privacy';
import { KAFKA_ADMIN, readStackState } from '@countersign/stack';
import { jsonOf, runCli, type CliOptions, type CliResult } from './cli.ts';
import { Payments, type ReadRows } from './payments.ts';
import { TopicView } from './topics.ts';

interface ClientFile {
  readonly namespace: string;
  readonly partitions: number;
  readonly tenants: readonly string[];
  readonly brokers: readonly string[];
  readonly ledger: { readonly url: string };
  readonly dataKeys: string;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** A running local stack as somebody outside sees it: its command line, its Kafka as any principal, its outside systems. */
export class Stack {
  readonly #brokers = new Map<string, KafkaBroker>();
  readonly #pools = new Map<string, Pool>();

  /** Nothing is read before it is asked for. */
  constructor(readonly dataDir: string) {}

  get client(): ClientFile {
    return readJson(join(this.dataDir, 'client.json')) as ClientFile;
  }

  get namespace(): string {
    return this.client.namespace;
  }

  get partitions(): number {
    return this.client.partitions;
  }

  cli(args: readonly string[], options: Omit<CliOptions, 'dataDir'> = {}): Promise<CliResult> {
    return runCli(args, { dataDir: this.dataDir, ...options });
  }

  /** With `--json`, before what stands behind `--` (an id may begin with a dash); gives the exit code too. */
  async json<Shape>(args: readonly string[], options: Omit<CliOptions, 'dataDir'> = {}): Promise<Shape & { readonly exitCode: number | null }> {
    const end = args.indexOf('--');
    const result = await this.cli(end < 0 ? [...args, '--json'] : [...args.slice(0, end), '--json', ...args.slice(end)], options);
    return { ...(jsonOf(result) as Shape), exitCode: result.code };
  }

  password(principal: string): string {
    if (principal === KAFKA_ADMIN) return String((readJson(join(this.dataDir, 'kafka/credentials.json')) as Record<string, string>)[KAFKA_ADMIN]);
    return readFileSync(join(this.dataDir, 'secrets', `${principal}.password`), 'utf8').trimEnd();
  }

  kafkaOptions(principal: string = KAFKA_ADMIN) {
    return { brokers: this.client.brokers, clientId: `test-${principal}`, sasl: { username: principal, password: this.password(principal) } };
  }

  /** Kafka as one of its users, the super user unless given. */
  kafka(principal: string = KAFKA_ADMIN): KafkaBroker {
    const broker = this.#brokers.get(principal) ?? new KafkaBroker(this.kafkaOptions(principal));
    this.#brokers.set(principal, broker);
    return broker;
  }

  topic(topic: Topic, tenant?: string): string {
    return topicName(this.namespace, topic, tenant);
  }

  view(topic: Topic, { tenant, from }: { readonly tenant?: string; readonly from?: 'now' | 'start' } = {}): Promise<TopicView> {
    return TopicView.open(this.kafka(), this.topic(topic, tenant), partitionCountOf(topic, this.partitions), from);
  }

  deadLetters(service: Service, from?: 'now' | 'start'): Promise<TopicView> {
    return TopicView.open(this.kafka(), deadLetterTopic(this.namespace, service), 1, from);
  }

  /** The partition in which everything of a workflow lies. */
  partitionOf(tenant: string, workflow: string): number {
    return partitionOf(`${tenant}/${workflow}`, this.partitions);
  }

  get payments(): Payments {
    const access = (readJson(join(this.dataDir, 'connections.json')) as Record<string, { readonly url: string; readonly token: string }>)['payments'];
    if (!access) throw new Error('the stack has no payments service');
    return new Payments(access, this.rows('refund_desk'));
  }

  /** The ledger's tables. */
  get readModel(): ReadRows {
    return this.rows('countersign');
  }

  rows(database: string): ReadRows {
    const pool = this.#pools.get(database) ?? new Pool({ connectionString: this.databaseUrl(database), max: 2 });
    this.#pools.set(database, pool);
    if (pool.listenerCount('error') === 0) pool.on('error', () => undefined);
    return async <Row extends object>(sql: string, values: readonly unknown[] = []) => (await pool.query<Row>(sql, [...values])).rows;
  }

  databaseUrl(name: string): string {
    const url = new URL(readStackState(this.dataDir)?.postgres?.url ?? '');
    url.pathname = `/${name}`;
    return url.href;
  }

  /** A personal value of a run in its sealed form, as an upstream system that holds the keys would send it. */
  async sealed(run: string, value: string, tenant = 'acme'): Promise<string> {
    return (await new Seals(openKeyStore(this.client.dataKeys)).sealer({ tenant, run }, { kind: 'run', id: run })).seal(value, 'personal');
  }

  /** Lets go of every connection; the stack goes on. */
  async close(): Promise<void> {
    await Promise.all([...this.#brokers.values()].map((broker) => broker.close()));
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }
}
