import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnBatch, type RelayBatch } from '@countersign/bus';
import type { Tenant } from '@countersign/kernel';
import { GatewayHandler, restsOnControls, type Answer, type Reception } from './gateway.handler.js';
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
    const receive = (): readonly Reception[] => received.map(({ record }) => this.handler.receive(record, tenant, this.outbox.controls(), this.outbox.now()));
    let receptions = receive();
    // A refusal is final, and whoever sent the task may have put its contract in force just before.
    if (receptions.some(restsOnControls)) {
      await this.outbox.controlsCaughtUp();
      receptions = receive();
    }
    // An upstream is told that its task is accepted only once the task is on the log.
    await this.outbox.publish(receptions.flatMap(({ task }) => task ?? []));
    await this.outbox.publish(receptions.map(({ answer }) => answer));
  }

  @OnBatch('ballots')
  async hear(@Payload() { received }: RelayBatch): Promise<void> {
    const presses = received.flatMap((each) => ('event' in each && each.event.type === 'countersign.answer.pressed' ? [each] : []));
    if (presses.length === 0) return;
    const hear = (): readonly Answer[] => presses.flatMap((each) => this.handler.pressed(each, this.outbox.controls()) ?? []);
    let answers = hear();
    // Whoever pressed may have been put into the directory just before.
    if (answers.length < presses.length) {
      await this.outbox.controlsCaughtUp();
      answers = hear();
    }
    await this.outbox.publish(answers);
  }

  @OnBatch('proposals')
  async finish(@Payload() { received }: RelayBatch): Promise<void> {
    await this.outbox.publish(received.flatMap((each) => ('event' in each ? (this.handler.finish(each) ?? []) : [])));
  }
}
