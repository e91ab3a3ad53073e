import { Module, type DynamicModule } from '@nestjs/common';
import { DeadLetters, systemTimers } from '@countersign/bus';
import type { ServiceParts } from '@countersign/service';
import { Letters } from './adapters/letters.js';
import { readWebhookSecrets } from './adapters/secrets.js';
import { Delivery } from './delivery.js';
import type { WebhooksConfig } from './webhooks.config.js';
import { WebhooksConsumer } from './webhooks.consumer.js';
import { WebhooksHandler } from './webhooks.handler.js';
import { WebhooksLife } from './webhooks.life.js';

/** Wiring of the service. */
@Module({})
export class WebhooksModule {
  static of({ config, broker, controls: followed, stats, log }: ServiceParts<WebhooksConfig>): DynamicModule {
    const { namespace } = config;
    const secrets = readWebhookSecrets(config.secretsFile);
    const controls = () => followed.state;
    const handlerOf = (life: WebhooksLife): WebhooksHandler => {
      const signal = life.stopping;
      const letters = new Letters(new DeadLetters({ broker, namespace, service: 'webhooks', timers: systemTimers, stats, log, signal }), broker, namespace);
      return new WebhooksHandler({ controls, letters, delivery: new Delivery({ controls, secrets, letters, log, stopping: signal, chance: Math.random }) });
    };
    return { module: WebhooksModule, controllers: [WebhooksConsumer], providers: [WebhooksLife, { provide: WebhooksHandler, useFactory: handlerOf, inject: [WebhooksLife] }] };
  }
}
