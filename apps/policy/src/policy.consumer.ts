import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import { GRANT_ENDINGS, type ControlState, type DecisionState } from '@countersign/domain';
import { PolicyHandler } from './policy.handler.js';

/** Policy's way in from Kafka: tasks, proposals, what people answered and voted, and how grants ended. */
@Controller()
export class PolicyConsumer {
  constructor(private readonly handler: PolicyHandler) {}

  @OnEvent('countersign.task.submitted', 'countersign.undo.ordered', 'countersign.run.input-answered', 'countersign.run.closed', 'countersign.action.proposed', 'countersign.approval.granted', 'countersign.approval.rejected', 'countersign.approval.expired', 'countersign.approval.withdrawn', ...GRANT_ENDINGS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    const { state, moment } = context as StepContext<DecisionState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
