import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { ControlState, PlannerState } from '@countersign/domain';
import { PLANNER_INPUTS, PlannerHandler } from './planner.handler.js';

/** The planner's way in from Kafka: tasks, orders to undo, what people say to its questions, and the events by which a step can end. */
@Controller()
export class PlannerConsumer {
  constructor(private readonly handler: PlannerHandler) {}

  @OnEvent(...PLANNER_INPUTS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<PlannerState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
