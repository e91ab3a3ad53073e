import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { ControlState, ApprovalState } from '@countersign/domain';
import { ApprovalsHandler } from './approvals.handler.js';

/** The way in of approvals from Kafka: what policy asks or takes back, and what people vote. */
@Controller()
export class ApprovalsConsumer {
  constructor(private readonly handler: ApprovalsHandler) {}

  @OnEvent('countersign.approval.required', 'countersign.action.denied', 'countersign.context.closed', 'countersign.ballot.cast')
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<ApprovalState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
