import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnBatch, type RelayBatch } from '@countersign/bus';
import { WebhooksHandler } from './webhooks.handler.js';

/** The way in from Kafka: what happens to approvals, once for each endpoint. */
@Controller()
export class WebhooksConsumer {
  constructor(private readonly handler: WebhooksHandler) {}

  @OnBatch('approvals')
  tell(@Payload() batch: RelayBatch): Promise<void> {
    return this.handler.handle(batch);
  }
}
