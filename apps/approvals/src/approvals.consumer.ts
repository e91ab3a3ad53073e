import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { ControlState, ApprovalState } from '@countersign/domain';
import { APPROVALS_INPUTS, ApprovalsHandler } from './approvals.handler.js';

/** The way in of approvals from Kafka: what policy asks, tells or takes back, what the executor says would change, and what people sign. */
@Controller()
export class ApprovalsConsumer {
  constructor(private readonly handler: ApprovalsHandler) {}

  @OnEvent(...APPROVALS_INPUTS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<ApprovalState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
