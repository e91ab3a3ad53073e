import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CountersignTransport, EventExceptionFilter, OwnerRuntime, systemTimers, type Step, type WorkItem } from '@countersign/bus';
import type { Owner } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { millis } from '@countersign/kernel';
import { NestLog } from './nest-log.js';
import { behindOwnKey } from './own-key.js';
import { keepSecretsOutOfReports, reportStartFailure, stopOnSignals, writeReadyFile } from './process-life.js';
import type { ServiceConfig } from './service.config.js';
import { serviceParts, type ServiceParts } from './service-parts.js';

/** A service that owns partitions. */
export interface OwnerDefinition<Config extends ServiceConfig, State, Work extends WorkItem, Result> {
  readonly service: Owner;
  readonly readConfig: (env: NodeJS.ProcessEnv) => Config;
  /** The Nest module; its consumer's `@EventPattern` methods stand in for the step's `handle`. */
  readonly module: (parts: ServiceParts<Config>) => DynamicModule;
  /** The provider of the module that is the step. */
  readonly step: Type<Step<State, ControlState, Work, Result>>;
}

/** Starts an owner service and keeps the process until it is told to stop, its consumer has crashed or its key is retired. Never throws. */
export const runOwner = async <Config extends ServiceConfig, State, Work extends WorkItem, Result>(definition: OwnerDefinition<Config, State, Work, Result>): Promise<void> => {
  const { service } = definition;
  keepSecretsOutOfReports();
  try {
    const parts = await serviceParts(service, definition.readConfig(process.env));
    const { config, log, broker, key, controls, wire, stats, instance } = parts;
    let app: INestApplicationContext | undefined;
    const transport = new CountersignTransport<State, ControlState>({
      service,
      log,
      onCrash: () => process.exit(1),
      create: (handle, handles, onFatal) => {
        const step = app?.get(definition.step) as Step<State, ControlState, Work, Result>;
        // The step's own methods, with Nest's way to the handler in front of one of them.
        const routed = Object.assign(Object.create(step) as typeof step, { handle, handles });
        const runtime = new OwnerRuntime({ step: routed, broker, wire, controls, namespace: config.namespace, partitions: config.partitions, instance, onFatal, sessionTimeout: millis(config.sessionTimeoutMs), log, stats });
        return behindOwnKey({ service, key, controls, timers: systemTimers, onFatal }, runtime);
      },
    });
    const microservice = await NestFactory.createMicroservice(definition.module(parts), { strategy: transport, logger: new NestLog(log), abortOnError: false });
    app = microservice;
    microservice.useGlobalFilters(new EventExceptionFilter());
    stopOnSignals(async () => {
      await microservice.close();
      await parts.close();
    });
    await microservice.listen();
    writeReadyFile(config.readyFile);
    log.info('ready', {});
  } catch (fault) {
    reportStartFailure(service, fault);
    process.exit(1);
  }
};
