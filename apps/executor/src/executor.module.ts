import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import { loadKeyFile } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import { openKeyStore, Seals } from '@countersign/privacy';
import { ConnectionsFile } from './adapters/connections-file.js';
import type { GitHubToolClient } from './adapters/github-tool-client.js';
import { GrantLog } from './adapters/grant-log.js';
import { GrantMemory } from './adapters/grant-memory.js';
import { HttpToolClient } from './adapters/http-tool-client.js';
import { LazyToolClient } from './adapters/lazy-tool-client.js';
import { PrivacyToolClient } from './adapters/privacy-tool-client.js';
import { SlackToolClient } from './adapters/slack-tool-client.js';
import { Tools, type ToolsOptions } from './adapters/tools.js';
import { WebhookToolClient } from './adapters/webhook-tool-client.js';
import { takeVariables, type ExecutorConfig } from './executor.config.js';
import { Credentials } from './credentials/credentials.js';
import { GrantTokens } from './credentials/grant-tokens.js';
import { ExecutorConsumer } from './executor.consumer.js';
import { ExecutorHandler } from './executor.handler.js';

type Clients = ToolsOptions['clients'];

const CLIENTS = Symbol('clients');

/** What speaks to outside systems, by kind. */
const clientsOf = ({ log, controls, blobs, config: { dataKeys } }: ServiceParts<ExecutorConfig>): Required<Clients> => {
  const privacy = new PrivacyToolClient({ keys: openKeyStore(dataKeys), controls: () => controls.state, now: () => systemClock.now(), removeAnswers: (before) => blobs.removeBefore(before) });
  // What many installations never call is loaded only for a call.
  const github = async (): Promise<GitHubToolClient> => new (await import('./adapters/github-tool-client.js')).GitHubToolClient();
  const mcp = new LazyToolClient(async () => new (await import('./adapters/mcp-tool-client.js')).McpToolClient(log));
  const pullRequest = new LazyToolClient(async () => new (await import('./adapters/pull-request-tool-client.js')).PullRequestToolClient(await github()));
  return { http: new HttpToolClient(), github: new LazyToolClient(github), 'github-pull-request': pullRequest, mcp, slack: new SlackToolClient(), webhook: new WebhookToolClient(), privacy };
};

/** Wiring of the service. Its clients are what speaks to outside systems; a bench has one that does not. */
@Module({})
export class ExecutorModule implements OnApplicationShutdown {
  constructor(@Inject(CLIENTS) private readonly clients: Clients) {}

  static of(parts: ServiceParts<ExecutorConfig>, clients: Clients = clientsOf(parts)): DynamicModule {
    return {
      module: ExecutorModule,
      controllers: [ExecutorConsumer],
      providers: [
        { provide: CLIENTS, useValue: clients },
        { provide: ExecutorHandler, useFactory: (): ExecutorHandler => createHandler(parts, clients) },
      ],
    };
  }

  /** No call is under way any more; programs that were started for tools end with us. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.clients).map(async (client) => client.close?.()));
  }
}

const createHandler = ({ config, broker, controls, blobs, key, log }: ServiceParts<ExecutorConfig>, clients: Clients): ExecutorHandler => {
  const { namespace, partitions, connectionsFile, credentialVariables, keyFile, dataKeys } = config;
  const credentials = new Credentials({ namespace, variables: takeVariables(credentialVariables, process.env), clock: systemClock });
  const tools = new Tools({
    clients,
    connections: new ConnectionsFile(connectionsFile, log),
    credentials,
    blobs,
    seals: new Seals(openKeyStore(dataKeys)),
    now: () => systemClock.now(),
  });
  const grants = new GrantMemory(new GrantLog({ broker, namespace, partitions }));
  return new ExecutorHandler({ keys: [key], tools, grants, tokens: new GrantTokens(loadKeyFile(keyFile)), controls: () => controls.state, onControls: (listener) => controls.onChange((change) => void (change === 'controls' && listener())), clock: systemClock, partitions });
};
