import { runRelay } from '@countersign/service';
import { WEBHOOK_EVENTS } from '@countersign/tools';
import { endpointsOf } from './endpoints.js';
import { readWebhooksConfig } from './webhooks.config.js';
import { WebhooksModule } from './webhooks.module.js';

await runRelay({ service: 'webhooks', readConfig: readWebhooksConfig, handles: new Set(WEBHOOK_EVENTS), groups: endpointsOf, module: (parts) => WebhooksModule.of(parts) });
