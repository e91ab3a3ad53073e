import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import { loadKeyFile } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import { readConnections } from './adapters/connections.js';
import { GitHubToolClient } from './adapters/github-tool-client.js';
import { GrantLog } from './adapters/grant-log.js';
import { GrantMemory } from './adapters/grant-memory.js';
import { HttpToolClient } from './adapters/http-tool-client.js';
import { Tools, type ToolsOptions } from './adapters/tools.js';
import { takeVariables, type ExecutorConfig } from './executor.config.js';
import { Credentials } from './credentials/credentials.js';
import { GrantTokens } from './credentials/grant-tokens.js';
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
  const { namespace, partitions, connectionsFile, credentialVariables, keyFile } = config;
  const credentials = new Credentials({ namespace, variables: takeVariables(credentialVariables, process.env), clock: systemClock });
  const tools = new Tools({
    clients,
    connections: readConnections(connectionsFile),
    credentials,
    blobs,
    now: () => systemClock.now(),
  });
  const grants = new GrantMemory(new GrantLog({ broker, namespace, partitions }));
  return new ExecutorHandler({ keys: [key], tools, grants, tokens: new GrantTokens(loadKeyFile(keyFile)), controls: () => controls.state, onControls: (listener) => controls.onChange((change) => void (change === 'controls' && listener())), clock: systemClock });
};
