import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ANY_TOPIC, type RelayBatch } from '@countersign/bus';
import { LedgerHandler } from './ledger.handler.js';
import { projectionOf } from './projection.js';

/** The ledger's way in from Kafka: everything. */
@Controller()
export class LedgerConsumer {
  constructor(private readonly handler: LedgerHandler) {}

  @EventPattern(ANY_TOPIC)
  async take(@Payload() batch: RelayBatch): Promise<void> {
    await this.handler.handle(projectionOf(batch));
  }
}
