import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ANY_TOPIC, type RelayBatch } from '@countersign/bus';
import { BallotCheck } from './ballot-check.js';
import { LedgerHandler } from './ledger.handler.js';
import { projectionOf } from './projection.js';

/** The ledger's way in from Kafka: everything. */
@Controller()
export class LedgerConsumer {
  constructor(
    private readonly handler: LedgerHandler,
    private readonly ballots: BallotCheck,
  ) {}

  @EventPattern(ANY_TOPIC)
  async take(@Payload() batch: RelayBatch): Promise<void> {
    const found = projectionOf(batch);
    await this.handler.handle({ ...found, passedOver: [...found.passedOver, ...this.ballots.forged(batch)] });
  }
}
