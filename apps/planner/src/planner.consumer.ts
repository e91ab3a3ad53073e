import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import { STEP_ENDINGS, type ControlState, type PlannerState } from '@countersign/domain';
import { PlannerHandler } from './planner.handler.js';

/** The planner's way in from Kafka: tasks, orders to undo, what people say to its questions, and the events by which a step can end. */
@Controller()
export class PlannerConsumer {
  constructor(private readonly handler: PlannerHandler) {}

  @OnEvent('countersign.task.submitted', 'countersign.task.answered', 'countersign.task.claimed', 'countersign.undo.ordered', ...STEP_ENDINGS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<PlannerState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
