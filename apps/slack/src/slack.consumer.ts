import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import { CARD_INPUTS, type CardState, type ControlState } from '@countersign/domain';
import { SlackHandler } from './slack.handler.js';

/** The way in of the Slack service from Kafka: what people are asked and told, what they said, and what came of it. */
@Controller()
export class SlackConsumer {
  constructor(private readonly handler: SlackHandler) {}

  @OnEvent(...CARD_INPUTS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<CardState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
