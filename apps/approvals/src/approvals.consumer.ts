import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { ControlState, ApprovalState } from '@countersign/domain';
import { ApprovalsHandler } from './approvals.handler.js';

/** The way in of approvals from Kafka: what policy asks, tells or takes back, what the executor says would change, and what people sign. */
@Controller()
export class ApprovalsConsumer {
  constructor(private readonly handler: ApprovalsHandler) {}

  @OnEvent(
    'countersign.approval.required',
    'countersign.action.allowed',
    'countersign.action.denied',
    'countersign.context.closed',
    'countersign.action.previewed',
    'countersign.ballot.cast',
    'countersign.escalation.called',
    'countersign.delegation.given',
    'countersign.consent.given',
    'countersign.standing.withdrawn',
  )
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<ApprovalState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
