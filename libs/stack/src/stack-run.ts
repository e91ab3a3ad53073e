import { join } from 'node:path';
import { CountersignError, codeOf, messageOf } from '@countersign/kernel';
import { readStackEnvironment, type StackEnvironment } from './environment.js';
import { externalDatabase } from './external-database.js';
import { findKafkaJars } from './jars.js';
import { KAFKA_STOP_DEADLINE, startKafka, type KafkaBroker } from './kafka-broker.js';
import { keepRunning, type KeptPart, type PartReport, type RestartPolicy } from './keep-running.js';
import { startPostgres, type Postgres } from './postgres.js';
import { POSTGRES_STOP_DEADLINE, POSTGRES_STOP_SIGNAL } from './postgres-data.js';
import { servicePlans, type PartPlan } from './service-process.js';
import type { StackContext, StackDefinition, StackKafka, StackPostgres } from './stack-definition.js';
import { KAFKA_PART, POSTGRES_PART, stackFiles, writeStackState, type StackFailure, type StackState } from './stack-state.js';
import type { ProcessIdentity } from './process-table.js';

const failureOf = (fault: unknown): StackFailure => ({
  code: codeOf(fault),
  message: messageOf(fault),
  ...(fault instanceof CountersignError && fault.hint !== undefined ? { hint: fault.hint } : {}),
});

/** A stack while it runs: Kafka and PostgreSQL first, then the services; all of them kept running until `stop`. */
export class StackRun {
  private state: StackState;
  private readonly infrastructure: KeptPart[] = [];
  private readonly services: KeptPart[] = [];
  private readonly files: ReturnType<typeof stackFiles>;
  private restart: RestartPolicy | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly stackDir: string,
    daemon: ProcessIdentity,
    private readonly environment: StackEnvironment = readStackEnvironment(),
  ) {
    this.files = stackFiles(stackDir);
    this.state = { schema: 1, phase: 'starting', step: 'starting', daemon, parts: {} };
    this.save({});
  }

  /** Resolves when every part is up. Otherwise everything is stopped, `stack.json` says why, and the fault is thrown. */
  async start(load: () => Promise<StackDefinition>): Promise<void> {
    try {
      const definition = await load();
      this.restart = definition.restart;
      await this.reachExternal(definition);
      this.save({ step: 'starting Kafka and PostgreSQL' });
      const [kafka, postgres] = await Promise.all([this.startKafka(definition), this.startPostgres(definition)]);
      const context: StackContext = { stackDir: this.stackDir, kafka, postgres, step: (step) => this.save({ step }) };
      context.step('preparing topics and keys');
      const specs = await definition.prepare(context);
      const plans = specs.flatMap((spec) => servicePlans(spec, this.stackDir));
      context.step(`starting ${plans.length} services`);
      await Promise.all(plans.map((plan) => this.keep(this.services, plan)));
      this.refuseIfStopped();
      this.save({ phase: 'ready', step: 'ready' });
    } catch (fault) {
      await this.stop(failureOf(fault));
      throw fault;
    }
  }

  /** Services first, so that they can say good-bye to Kafka. May be called at any time and more than once. */
  stop(failure?: StackFailure): Promise<void> {
    return (this.stopped ??= this.stopAll(failure));
  }

  private async stopAll(failure: StackFailure | undefined): Promise<void> {
    this.save({ phase: 'stopping', step: 'stopping the services', ...(failure ? { failure } : {}) });
    await Promise.all(this.services.map((part) => part.stop()));
    this.save({ step: 'stopping Kafka and PostgreSQL' });
    await Promise.all(this.infrastructure.map((part) => part.stop()));
    this.save({ phase: failure ? 'failed' : 'stopped', step: failure ? 'failed' : 'stopped' });
  }

  /** Who mistyped an address should not wait for PostgreSQL first. */
  private async reachExternal(definition: StackDefinition): Promise<void> {
    const brokers = this.environment.externalKafka;
    if (!definition.kafka || !brokers) return;
    this.save({ step: `reaching Kafka at ${brokers.join(', ')}` });
    await definition.reach?.(brokers);
  }

  private async startKafka({ kafka }: StackDefinition): Promise<StackKafka | undefined> {
    if (!kafka) return undefined;
    const brokers = this.environment.externalKafka;
    if (brokers) {
      this.save({ kafka: { external: true, brokers } });
      return { external: true, brokers };
    }
    const libsDir = findKafkaJars(this.environment);
    let broker: KafkaBroker | undefined;
    await this.keep(this.infrastructure, {
      name: KAFKA_PART,
      logFile: join(this.files.kafka, 'kafka.log'),
      stopSignal: 'SIGTERM',
      stopDeadline: KAFKA_STOP_DEADLINE,
      launch: async (onSpawn) => (broker = await startKafka({ ...kafka, dataDir: this.files.kafka, libsDir, java: this.environment.java, onSpawn })),
    });
    if (!broker) throw stoppedMeanwhile();
    const started = broker;
    this.save({ kafka: { external: false, brokers: [started.address] } });
    return { external: false, brokers: [started.address], password: (user) => started.password(user) };
  }

  private async startPostgres({ postgres }: StackDefinition): Promise<StackPostgres | undefined> {
    if (!postgres) return undefined;
    const url = this.environment.externalDatabase;
    if (url !== undefined) {
      this.save({ postgres: { external: true, url } });
      return { external: true, url, database: (name, options) => externalDatabase(url, name, options) };
    }
    let server: Postgres | undefined;
    await this.keep(this.infrastructure, {
      name: POSTGRES_PART,
      logFile: join(this.files.postgres, 'postgres.log'),
      stopSignal: POSTGRES_STOP_SIGNAL,
      stopDeadline: POSTGRES_STOP_DEADLINE,
      launch: async (onSpawn) => (server = await startPostgres({ ...postgres, dataDir: this.files.postgres, onSpawn })),
    });
    if (!server) throw stoppedMeanwhile();
    const started = server;
    this.save({ postgres: { external: false, url: started.url } });
    return { external: false, url: started.url, database: (name, options) => started.database(name, options) };
  }

  private async keep(among: KeptPart[], plan: PartPlan): Promise<void> {
    this.refuseIfStopped();
    const part = keepRunning(plan, (report) => this.record(plan, report), this.restart);
    among.push(part);
    await part.start();
  }

  private refuseIfStopped(): void {
    if (this.stopped) throw stoppedMeanwhile();
  }

  private record(plan: PartPlan, report: PartReport): void {
    const health = report.http === undefined || plan.healthPath === undefined ? {} : { healthUrl: new URL(plan.healthPath, report.http).href };
    const record = { ...report, ...health, logFile: plan.logFile, stopSignal: plan.stopSignal };
    this.save({ parts: { ...this.state.parts, [plan.name]: record } });
  }

  private save(change: Partial<StackState>): void {
    this.state = { ...this.state, ...change };
    writeStackState(this.stackDir, this.state);
  }
}

const stoppedMeanwhile = (): CountersignError => new CountersignError('STACK_START_FAILED', 'the stack was told to stop while it started');
