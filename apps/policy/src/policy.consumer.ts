import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { ControlState, DecisionState } from '@countersign/domain';
import { POLICY_INPUTS, PolicyHandler } from './policy.handler.js';

/** Policy's way in from Kafka: tasks, proposals, what people answered and voted, and how grants ended. */
@Controller()
export class PolicyConsumer {
  constructor(private readonly handler: PolicyHandler) {}

  @OnEvent(...POLICY_INPUTS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    const { state, moment } = context as StepContext<DecisionState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
