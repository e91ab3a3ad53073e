import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import { systemClock } from '@countersign/kernel';
import { readConnections } from './adapters/connections.js';
import { GitHubToolClient } from './adapters/github-tool-client.js';
import { GrantLog } from './adapters/grant-log.js';
import { GrantMemory } from './adapters/grant-memory.js';
import { HttpToolClient } from './adapters/http-tool-client.js';
import { Tools } from './adapters/tools.js';
import type { ExecutorConfig } from './executor.config.js';
import { ExecutorConsumer } from './executor.consumer.js';
import { ExecutorHandler } from './executor.handler.js';

/** Wiring of the service. */
@Module({})
export class ExecutorModule {
  static of(parts: ServiceParts<ExecutorConfig>): DynamicModule {
    return {
      module: ExecutorModule,
      controllers: [ExecutorConsumer],
      providers: [{ provide: ExecutorHandler, useFactory: (): ExecutorHandler => createHandler(parts) }],
    };
  }
}

const createHandler = ({ config, broker, controls, blobs, key }: ServiceParts<ExecutorConfig>): ExecutorHandler => {
  const { namespace, partitions, connectionsFile } = config;
  const tools = new Tools({
    clients: { http: new HttpToolClient(), github: new GitHubToolClient() },
    connections: readConnections(connectionsFile),
    blobs,
    now: () => systemClock.now(),
  });
  const grants = new GrantMemory(new GrantLog({ broker, namespace, partitions }));
  return new ExecutorHandler({ keys: [key], tools, grants, controls: () => controls.state, clock: systemClock });
};
