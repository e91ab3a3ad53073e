import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import { systemClock } from '@countersign/kernel';
import { readConnections } from './adapters/connections.js';
import { GitHubToolClient } from './adapters/github-tool-client.js';
import { GrantLog } from './adapters/grant-log.js';
import { GrantMemory } from './adapters/grant-memory.js';
import { HttpToolClient } from './adapters/http-tool-client.js';
import { Tools, type ToolsOptions } from './adapters/tools.js';
import type { ExecutorConfig } from './executor.config.js';
import { ExecutorConsumer } from './executor.consumer.js';
import { ExecutorHandler } from './executor.handler.js';

type Clients = ToolsOptions['clients'];

/** Wiring of the service. Its clients are what speaks to outside systems; a bench has one that does not. */
@Module({})
export class ExecutorModule {
  static of(parts: ServiceParts<ExecutorConfig>, clients: Clients = { http: new HttpToolClient(), github: new GitHubToolClient() }): DynamicModule {
    return {
      module: ExecutorModule,
      controllers: [ExecutorConsumer],
      providers: [{ provide: ExecutorHandler, useFactory: (): ExecutorHandler => createHandler(parts, clients) }],
    };
  }
}

const createHandler = ({ config, broker, controls, blobs, key }: ServiceParts<ExecutorConfig>, clients: Clients): ExecutorHandler => {
  const { namespace, partitions, connectionsFile } = config;
  const tools = new Tools({
    clients,
    connections: readConnections(connectionsFile),
    blobs,
    now: () => systemClock.now(),
  });
  const grants = new GrantMemory(new GrantLog({ broker, namespace, partitions }));
  return new ExecutorHandler({ keys: [key], tools, grants, controls: () => controls.state, onControls: (listener) => controls.onChange((change) => void (change === 'controls' && listener())), clock: systemClock });
};
