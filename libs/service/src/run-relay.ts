import 'reflect-metadata';
import type { DynamicModule, INestApplication, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventExceptionFilter, relayGroup, RelayRuntime, RelayTransport, systemTimers, type Broker, type Publication, type Relay } from '@countersign/bus';
import { FLOW, inputsOf, type EventType, type Service } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { CountersignError, millis, type Instant, type Millis } from '@countersign/kernel';
import { RelayGroups } from './relay-groups.js';
import { NestLog } from './nest-log.js';
import { behindOwnKey } from './own-key.js';
import { keepSecretsOutOfReports, reportStartFailure, stopOnSignals, writeReadyFile } from './process-life.js';
import type { ServiceConfig } from './service.config.js';
import { serviceParts, type ServiceParts } from './service-parts.js';

/** What a relay writes with; it works as soon as the relay gets its first batch. */
export interface Outbox {
  /** Resolves when all are in the log. */
  publish(publications: readonly Publication[]): Promise<void>;
}

export interface RelayParts<Config extends ServiceConfig> extends ServiceParts<Config> {
  readonly outbox: Outbox;
}

/** A stateless service: it reads, makes something of it, and commits. */
export interface RelayDefinition<Config extends ServiceConfig> {
  readonly service: Service;
  readonly readConfig: (env: NodeJS.ProcessEnv) => Config;
  /** The Nest module; its consumer's `@EventPattern` methods get the batches. */
  readonly module: (parts: RelayParts<Config>) => DynamicModule;
  /** See `Relay`. */
  readonly handles?: ReadonlySet<EventType>;
  readonly linger?: Millis;
  /** Where a relay goes on that keeps its positions itself. */
  readonly positions?: (app: INestMicroservice | INestApplication) => Relay['positions'];
  /** Groups of their own, each of which gets every batch, by name, and from when on a new one reads; absent where the service is one group. */
  readonly groups?: (controls: ControlState) => ReadonlyMap<string, Instant>;
  /** The port of its HTTP API on loopback, 0 for a free one; without it the service has none. */
  readonly port?: (config: Config) => number;
}

const LOOPBACK = '127.0.0.1';

/** Topics that a service reads, those of each tenant among them. */
const topicsOf = (service: Service, tenants: readonly string[]): readonly string[] =>
  inputsOf(service).flatMap((topic) => (FLOW[topic].perTenant ? tenants.map((tenant) => `${topic}.${tenant}`) : [topic]));

/** Where a group begins that has committed nothing: what was before it was wanted is nothing for it. */
const fromTime = (broker: Broker, namespace: string, group: string, since: () => Instant | undefined): NonNullable<Relay['positions']> => async (targets) => {
  const named = targets.map(({ topic, partition }) => ({ topic: `${namespace}.${topic}`, partition }));
  const known = await broker.committed(group, named);
  const begin = since();
  const fresh = named.filter(({ topic, partition }) => !known.some((found) => found.topic === topic && found.partition === partition));
  if (begin === undefined) return [];
  return Promise.all(fresh.map(async (target) => ({ topic: target.topic.slice(namespace.length + 1), partition: target.partition, offset: await broker.offsetAt(target, begin), metadata: '' })));
};

/** Starts a relay and keeps the process until it is told to stop, its consumer has crashed or its key is retired. Never throws. */
export const runRelay = async <Config extends ServiceConfig>(definition: RelayDefinition<Config>): Promise<void> => {
  const { service } = definition;
  keepSecretsOutOfReports();
  try {
    const base = await serviceParts(service, definition.readConfig(process.env));
    const { config, log, broker, key, controls, wire, stats } = base;
    let runtime: RelayRuntime | undefined;
    let app: INestMicroservice | INestApplication | undefined;
    const outbox: Outbox = {
      publish: async (publications) => {
        if (!runtime) throw new CountersignError('INTERNAL', 'the relay has not started yet');
        await runtime.publisher.publish(publications);
      },
    };
    const strategy = new RelayTransport({
      service,
      log,
      onCrash: () => process.exit(1),
      create: (handle, onFatal) => {
        const positions = app && definition.positions?.(app);
        const { linger, handles, groups } = definition;
        const make = (relay: Pick<Relay, 'handle' | 'positions'>, group?: string): RelayRuntime =>
          new RelayRuntime({
            relay: { service, handle: relay.handle, ...(handles === undefined ? {} : { handles }), ...(linger === undefined ? {} : { linger }), ...(relay.positions ? { positions: relay.positions } : {}) },
            broker, wire, controls, onFatal, log, stats,
            namespace: config.namespace,
            partitions: config.partitions,
            inputs: topicsOf(service, config.tenants),
            sessionTimeout: millis(config.sessionTimeoutMs),
            ...(group === undefined ? {} : { group }),
          });
        const own = { service, key, controls, timers: systemTimers, onFatal };
        if (groups) {
          const onChange = (listener: () => void): (() => void) => controls.onChange((change) => void (change === 'controls' && listener()));
          const create = (name: string): RelayRuntime => make({ handle: (batch) => handle({ ...batch, group: name }), positions: fromTime(broker, config.namespace, relayGroup(config.namespace, service, name), () => groups(controls.state).get(name)) }, name);
          return behindOwnKey(own, new RelayGroups({ wanted: () => [...groups(controls.state).keys()], onChange, create, onFatal }));
        }
        const started = make({ handle, ...(positions ? { positions } : {}) });
        runtime = started;
        return behindOwnKey(own, started);
      },
    });
    const module = definition.module({ ...base, outbox });
    const logger = new NestLog(log);
    const http = definition.port && (await NestFactory.create(module, { logger, abortOnError: false }));
    const microservice = http ? http.connectMicroservice<object>({ strategy }, { inheritAppConfig: false, deferInitialization: true }) : await NestFactory.createMicroservice(module, { strategy, logger, abortOnError: false });
    app = http ?? microservice;
    const started = app;
    microservice.useGlobalFilters(new EventExceptionFilter());
    stopOnSignals(async () => {
      await started.close();
      await base.close();
    });
    await microservice.listen();
    if (http) await http.listen(definition.port?.(config) ?? 0, LOOPBACK);
    writeReadyFile(config.readyFile, http && (await http.getUrl()));
    log.info('ready', {});
  } catch (fault) {
    reportStartFailure(service, fault);
    process.exit(1);
  }
};
