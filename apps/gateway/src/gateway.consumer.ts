import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnBatch, type RelayBatch } from '@countersign/bus';
import type { Tenant } from '@countersign/kernel';
import { GatewayHandler } from './gateway.handler.js';
import { GatewayOutbox } from './gateway.outbox.js';

/** The gateway's way in from Kafka: what upstream systems send, and runs that are over. */
@Controller()
export class GatewayConsumer {
  constructor(
    private readonly handler: GatewayHandler,
    private readonly outbox: GatewayOutbox,
  ) {}

  @OnBatch('inbox')
  async receive(@Payload() { topic, received }: RelayBatch): Promise<void> {
    const tenant = topic.slice('inbox.'.length) as Tenant;
    const receptions = received.map(({ record }) => this.handler.receive(record, tenant, this.outbox.controls(), this.outbox.now()));
    // An upstream is told that its task is accepted only once the task is on the log.
    await this.outbox.publish(receptions.flatMap(({ task }) => task ?? []));
    await this.outbox.publish(receptions.map(({ answer }) => answer));
  }

  @OnBatch('proposals')
  async finish(@Payload() { received }: RelayBatch): Promise<void> {
    await this.outbox.publish(received.flatMap((each) => ('event' in each ? (this.handler.finish(each) ?? []) : [])));
  }
}
